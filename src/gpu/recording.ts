import { type Command, dispatchesOf, type ReplayCommand } from './commands.ts';
import { type BufferPool, FreeLists, type Memory } from './pool.ts';

/**
 * The commands of one step, to be queued again. Buffers that the step allocates come from lists that belong to the
 * recording, so nothing else is ever placed into them between replays.
 */
export class Recording {
  readonly #pool: BufferPool;
  readonly #queue: (command: ReplayCommand) => void;
  readonly #lists = new FreeLists();
  #commands: Command[] = [];
  #replay: ReplayCommand | null = null;

  constructor(pool: BufferPool, queue: (command: ReplayCommand) => void) {
    this.#pool = pool;
    this.#queue = queue;
  }

  /** Dispatches of one replay. */
  get dispatches(): number {
    return this.#commands.reduce((sum, command) => sum + dispatchesOf(command), 0);
  }

  /** Called for every command while the step is recorded. */
  add(command: Command): void {
    this.#commands.push(command);
  }

  /** Runs the step that is recorded, with buffers of its own. */
  capture<T>(step: () => T): T {
    const before = this.#pool.current;
    this.#pool.current = this.#lists;
    try {
      return step();
    } finally {
      this.#pool.current = before;
      const storages = new Set<Memory>(this.#commands.flatMap((command) => command.storages));
      const { dispatches } = this;
      this.#replay = { kind: 'replay', commands: this.#commands, dispatches, storages: [...storages] };
    }
  }

  /** Queues the recorded work once more: same buffers, same order, same bits. */
  replay(): void {
    if (!this.#replay || this.#commands.length === 0) throw new Error('this recording is empty or was released');
    this.#queue(this.#replay);
  }

  /** Gives the recording's buffers back to the pool. */
  release(): void {
    this.#commands = [];
    this.#replay = null;
    const target = this.#pool.shared;
    this.#lists.successor = target;
    for (const memory of this.#lists.drain()) target.give(memory);
  }
}

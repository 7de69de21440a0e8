import type { Command } from './commands.ts';
import { type BufferPool, FreeLists } from './pool.ts';

/**
 * The commands of one step, to be queued again. Buffers that the step allocates come from lists that belong to the
 * recording, so nothing else is ever placed into them between replays.
 */
export class Recording {
  readonly #pool: BufferPool;
  readonly #queue: (commands: readonly Command[]) => void;
  readonly #lists = new FreeLists();
  #commands: Command[] = [];

  constructor(pool: BufferPool, queue: (commands: readonly Command[]) => void) {
    this.#pool = pool;
    this.#queue = queue;
  }

  /** Dispatches of one replay. */
  get dispatches(): number {
    return this.#commands.filter((command) => command.kind === 'dispatch').length;
  }

  add(command: Command): void {
    this.#commands.push(command);
  }

  capture<T>(step: () => T): T {
    const before = this.#pool.current;
    this.#pool.current = this.#lists;
    try {
      return step();
    } finally {
      this.#pool.current = before;
    }
  }

  /** Queues the recorded work once more: same buffers, same order, same bits. */
  replay(): void {
    if (this.#commands.length === 0) throw new Error('this recording is empty or was released');
    this.#queue(this.#commands);
  }

  /** Gives the recording's buffers back to the pool. */
  release(): void {
    this.#commands = [];
    const target = this.#pool.shared;
    this.#lists.successor = target;
    for (const storage of this.#lists.drain()) target.give(storage);
  }
}

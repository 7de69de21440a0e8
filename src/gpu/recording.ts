import { type BindGroupCache, moved } from './bind-groups.ts';
import { type Command, dispatchesOf, movedMove, type ReplayCommand } from './commands.ts';
import type { Memory } from './memory.ts';
import type { MemoryPool } from './pool.ts';
import { type MemoryPlace, RecordedMemory } from './recorded-memory.ts';

/** What a recording needs of its device. */
export interface RecordingHost {
  pool: MemoryPool;
  bindGroups: BindGroupCache;
  queue(command: ReplayCommand): void;
}

/**
 * The commands of one step, to be queued again and again. The memory that the step allocates belongs to the recording, so
 * nothing else is ever placed into it between replays.
 */
export class Recording {
  readonly #host: RecordingHost;
  readonly #memory: RecordedMemory;
  #commands: Command[] = [];
  #replay: ReplayCommand | null = null;

  constructor(host: RecordingHost) {
    this.#host = host;
    this.#memory = new RecordedMemory(host.pool);
  }

  /** Dispatches of one replay. */
  get dispatches(): number {
    return this.#replay?.dispatches ?? 0;
  }

  /** Called for every command while the step is recorded. */
  add(command: Command): void {
    this.#commands.push(command);
  }

  /** Runs the step, whose commands come to `add`, and finds places for its memory. */
  capture<T>(step: () => T): T {
    const { pool } = this.#host;
    const before = pool.current;
    pool.current = this.#memory;
    let result: T;
    try {
      result = step();
    } finally {
      pool.current = before;
    }
    const places = this.#memory.place(this.#commands);
    const commands = this.#commands.map((command) =>
      this.#placed(command, (memory) => places.get(memory) ?? { memory, offset: 0 }),
    );
    const dispatches = commands.reduce((sum, command) => sum + dispatchesOf(command), 0);
    const storages = [...new Set(commands.flatMap((command) => command.storages))];
    this.#commands = [];
    this.#replay = { kind: 'replay', commands, dispatches, storages };
    return result;
  }

  /** Queues the recorded work once more: same memory, same order, same bits. */
  replay(): void {
    if (!this.#replay) throw new Error('this recording was released, or its step failed');
    this.#host.queue(this.#replay);
  }

  /** Gives the recording's memory back to the pool. */
  release(): void {
    this.#replay = null;
    this.#memory.release();
  }

  #placed(command: Command, place: (memory: Memory) => MemoryPlace): Command {
    if (command.kind === 'replay') return command;
    if (command.kind !== 'dispatch') return movedMove(command, command.storages.map(place));
    const bound = moved(command.bound, place);
    const storages = bound.operands.map(({ memory }) => memory);
    return { ...command, storages, bound, bindGroup: this.#host.bindGroups.create(command.entry, bound) };
  }
}

import type { Command } from './commands.ts';
import { type Memory, type MemoryKind, ROW_BYTES } from './memory.ts';
import { type Need, placement } from './placement.ts';
import { GRAIN, type MemoryPool, type Source } from './pool.ts';

const KINDS = ['buffer', 'texels'] as const satisfies MemoryKind[];

/** Where recorded memory lies. */
export interface MemoryPlace {
  memory: Memory;
  /** Bytes from the start of `memory`. */
  offset: number;
}

type RecordedNeed = Need & { memory: Memory; apart: Set<Need> };

/**
 * The memory that a recorded step allocates. Nothing is made while the step is being recorded; when it is whole, pieces that
 * are not needed at the same time come to lie in the same place. What outlives the step has memory of its own.
 */
export class RecordedMemory implements Source {
  readonly #pool: MemoryPool;
  readonly #labels = new Map<Memory, string>();
  /** What has not been given back. */
  readonly #live = new Set<Memory>();
  /** What lies on the device and is the recording's alone. */
  readonly #blocks: Memory[] = [];
  #state: 'recording' | 'placed' | 'released' = 'recording';

  constructor(pool: MemoryPool) {
    this.#pool = pool;
  }

  take(kind: MemoryKind, bytes: number, label: string): Memory {
    const grain = kind === 'buffer' ? GRAIN : ROW_BYTES;
    const memory = this.#pool.unplaced(kind, Math.max(1, Math.ceil(bytes / grain)) * grain, this);
    this.#labels.set(memory, label);
    this.#live.add(memory);
    this.#pool.use.inUse += memory.size;
    return memory;
  }

  give(memory: Memory): void {
    this.#live.delete(memory);
    if (this.#state === 'recording') this.#pool.use.inUse -= memory.size;
    else this.#blocks.push(memory);
  }

  /** Makes the memory on the device. `commands` are all that touch it. */
  place(commands: readonly Command[]): ReadonlyMap<Memory, MemoryPlace> {
    this.#state = 'placed';
    const places = new Map<Memory, MemoryPlace>();
    for (const memory of this.#live) {
      this.#pool.use.inUse -= memory.size;
      this.#make(memory);
    }
    const needs = [...this.#needs(commands).values()];
    for (const kind of KINDS) {
      const found = placement(
        needs.filter(({ memory }) => memory.kind === kind),
        kind === 'buffer',
      );
      for (const [need, { block, offset }] of found) {
        const { memory } = block as RecordedNeed;
        places.set((need as RecordedNeed).memory, { memory, offset });
        if (block === need) this.#blocks.push(this.#make(memory));
      }
    }
    this.#labels.clear();
    return places;
  }

  /** Gives everything back to the pool. What is still in use follows when it is released. */
  release(): void {
    this.#state = 'released';
    for (const memory of this.#blocks.splice(0)) this.#pool.give(memory);
    for (const memory of this.#live) memory.owner = this.#pool;
    this.#live.clear();
  }

  #make(memory: Memory): Memory {
    this.#pool.place(memory, this.#labels.get(memory) ?? 'recorded');
    this.#pool.handOut(memory.size);
    return memory;
  }

  /** When each piece that ends within the step is needed, and beside what it is written or read. */
  #needs(commands: readonly Command[]): Map<Memory, RecordedNeed> {
    const needs = new Map<Memory, RecordedNeed>();
    commands.forEach((command, at) => {
      const touched = command.storages.filter((memory) => this.#labels.has(memory) && !this.#live.has(memory));
      for (const memory of touched) {
        const { size } = memory;
        const need = needs.get(memory);
        if (need) need.last = at;
        else needs.set(memory, { memory, size, first: at, last: at, apart: new Set() });
      }
      const written = writtenBy(command);
      for (const one of touched) {
        for (const other of touched) {
          if (one === other || !(written.has(one) || written.has(other))) continue;
          needs.get(one)?.apart.add(needs.get(other) as RecordedNeed);
        }
      }
    });
    return needs;
  }
}

/** Memory that a command writes. */
function writtenBy(command: Command): Set<Memory> {
  if (command.kind === 'replay') return new Set();
  if (command.kind !== 'dispatch') return new Set(command.storages.slice(-1));
  return new Set(command.bound.operands.filter(({ written }) => written).map(({ memory }) => memory));
}

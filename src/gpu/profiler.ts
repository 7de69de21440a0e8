import type { DispatchCommand, PassProfiler } from './commands.ts';

/** Queries in one set: WebGPU's limit. Two a dispatch. */
const QUERIES = 4096;

export interface KernelTime {
  name: string;
  dispatches: number;
  /** Nanoseconds on the device. */
  nanoseconds: number;
  flops: number;
  bytes: number;
}

export interface Span {
  name: string;
  start: number;
  end: number;
}

/** Times each dispatch with timestamp queries; needs the `timestamp-query` feature. */
export class Profiler implements PassProfiler {
  readonly #device: GPUDevice;
  readonly #sets: { set: GPUQuerySet; commands: DispatchCommand[]; results: GPUBuffer | null }[] = [];
  readonly spans: Span[] = [];
  readonly #totals = new Map<string, KernelTime>();

  constructor(device: GPUDevice) {
    if (!device.features.has('timestamp-query')) {
      throw new Error('this adapter has no timestamp queries, so single kernels cannot be timed');
    }
    this.#device = device;
  }

  slot(command: DispatchCommand): GPUComputePassTimestampWrites {
    let current = this.#sets.at(-1);
    if (!current || current.results || current.commands.length * 2 >= QUERIES) {
      current = {
        set: this.#device.createQuerySet({ type: 'timestamp', count: QUERIES }),
        commands: [],
        results: null,
      };
      this.#sets.push(current);
    }
    const index = current.commands.length * 2;
    current.commands.push(command);
    return { querySet: current.set, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  resolve(encoder: GPUCommandEncoder): void {
    for (const entry of this.#sets) {
      if (entry.results) continue;
      const count = entry.commands.length * 2;
      const size = count * 8;
      const resolved = this.#device.createBuffer({
        size,
        usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
      });
      entry.results = this.#device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      encoder.resolveQuerySet(entry.set, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, entry.results, 0, size);
    }
  }

  /** Reads the times of everything submitted. */
  async collect(): Promise<void> {
    for (const { set, commands, results } of this.#sets.splice(0)) {
      if (!results) continue;
      await results.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(results.getMappedRange());
      for (const [index, command] of commands.entries()) {
        this.#count(command, Number(times[index * 2]), Number(times[index * 2 + 1]));
      }
      results.destroy();
      set.destroy();
    }
  }

  /** Kernels by total time, longest first. */
  table(): KernelTime[] {
    return [...this.#totals.values()].sort((a, b) => b.nanoseconds - a.nanoseconds);
  }

  #count(command: DispatchCommand, start: number, end: number): void {
    const name = command.entry.kernel.name;
    this.spans.push({ name, start, end });
    const total = this.#totals.get(name) ?? { name, dispatches: 0, nanoseconds: 0, flops: 0, bytes: 0 };
    total.dispatches++;
    total.nanoseconds += Math.max(0, end - start);
    total.flops += command.work?.flops ?? 0;
    total.bytes += command.work?.bytes ?? 0;
    this.#totals.set(name, total);
  }
}

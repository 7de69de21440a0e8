import type { DispatchCommand } from './commands.ts';

/** One dispatch on the device's clock. */
export interface Span {
  /** Name of the kernel. */
  name: string;
  /** Nanoseconds from the first span's start. */
  start: number;
  end: number;
  flops: number;
  bytes: number;
}

/** All dispatches of one kernel. */
export interface KernelTime {
  name: string;
  dispatches: number;
  /** Nanoseconds on the device. */
  nanoseconds: number;
  /** Operations on floats, a multiply–add being two. */
  flops: number;
  /** Bytes read and written. */
  bytes: number;
}

/** What the dispatches of a stretch of work took. */
export class Profile {
  /** What timed them: the device, or the clock, which adds the way to the device and back, a millisecond or so. */
  readonly clock: 'device' | 'host';
  readonly spans: Span[] = [];
  #origin: number | null = null;

  constructor(clock: 'device' | 'host') {
    this.clock = clock;
  }

  /** @param start, end nanoseconds */
  add({ entry, work }: DispatchCommand, start: number, end: number): void {
    this.#origin ??= start;
    const origin = this.#origin;
    const name = entry.kernel.name;
    this.spans.push({
      name,
      start: start - origin,
      end: Math.max(start, end) - origin,
      flops: work.flops,
      bytes: work.bytes,
    });
  }

  /** Kernels by total time, longest first. */
  table(): KernelTime[] {
    const totals = new Map<string, KernelTime>();
    for (const { name, start, end, flops, bytes } of this.spans) {
      let total = totals.get(name);
      if (!total) totals.set(name, (total = { name, dispatches: 0, nanoseconds: 0, flops: 0, bytes: 0 }));
      total.dispatches++;
      total.nanoseconds += end - start;
      total.flops += flops;
      total.bytes += bytes;
    }
    return [...totals.values()].sort((a, b) => b.nanoseconds - a.nanoseconds);
  }

  /** The spans as Chrome's trace format, which Perfetto and chrome://tracing open. */
  trace(): { traceEvents: object[]; displayTimeUnit: 'ms' } {
    const [pid, tid] = [1, 1];
    const named = [
      { ph: 'M', name: 'process_name', pid, args: { name: 'agelens' } },
      {
        ph: 'M',
        name: 'thread_name',
        pid,
        tid,
        args: { name: this.clock === 'device' ? 'GPU' : 'GPU, by the host’s clock' },
      },
    ];
    const events = this.spans.map(({ name, start, end, flops, bytes }) => ({
      ph: 'X',
      cat: 'gpu',
      name,
      pid,
      tid,
      ts: start / 1000,
      dur: (end - start) / 1000,
      args: { flops, bytes },
    }));
    return { traceEvents: [...named, ...events], displayTimeUnit: 'ms' };
  }
}

import { type Command, type DispatchCommand, encodeAndSubmit, type PassTimer, writtenOut } from './commands.ts';
import { Profile } from './profile.ts';

/** Queries in one set: WebGPU's limit. Two a dispatch. */
const QUERIES = 4096;

interface Batch {
  set: GPUQuerySet;
  commands: DispatchCommand[];
  /** Where the submitted times go; null until they are submitted. */
  results: GPUBuffer | null;
}

/** Times each dispatch by the device's own clock; needs the `timestamp-query` feature. */
export class TimestampTimer implements PassTimer {
  readonly kind = 'timestamps';
  readonly profile = new Profile('device');
  readonly #device: GPUDevice;
  readonly #batches: Batch[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  slot(command: DispatchCommand): GPUComputePassTimestampWrites {
    let batch = this.#batches.at(-1);
    if (!batch || batch.results || batch.commands.length * 2 >= QUERIES) {
      const set = this.#device.createQuerySet({ type: 'timestamp', count: QUERIES });
      this.#batches.push((batch = { set, commands: [], results: null }));
    }
    const index = batch.commands.length * 2;
    batch.commands.push(command);
    return { querySet: batch.set, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  resolve(encoder: GPUCommandEncoder): void {
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    for (const batch of this.#batches) {
      if (batch.results) continue;
      const count = batch.commands.length * 2;
      const size = count * 8;
      const resolved = this.#device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
      batch.results = this.#device.createBuffer({ size, usage: MAP_READ | COPY_DST });
      encoder.resolveQuerySet(batch.set, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, batch.results, 0, size);
    }
  }

  /** Reads the times of everything submitted. */
  async collect(): Promise<Profile> {
    for (const { set, commands, results } of this.#batches.splice(0)) {
      if (!results) continue;
      await results.mapAsync(GPUMapMode.READ);
      const times = new BigUint64Array(results.getMappedRange());
      commands.forEach((command, i) => {
        this.profile.add(command, Number(times[2 * i]), Number(times[2 * i + 1]));
      });
      results.destroy();
      set.destroy();
    }
    return this.profile;
  }
}

/** Times each dispatch by the host's clock, from its submission to its end, nothing else being under way. */
export class StepTimer {
  readonly kind = 'steps';
  readonly profile = new Profile('host');

  /** Runs the commands; returns the number of submits. */
  async run(device: GPUDevice, commands: readonly Command[]): Promise<number> {
    let submits = 0;
    for (const command of writtenOut(commands)) {
      const start = performance.now();
      submits += encodeAndSubmit(device, [command], null);
      if (command.kind !== 'dispatch') continue;
      await device.queue.onSubmittedWorkDone();
      this.profile.add(command, start * 1e6, performance.now() * 1e6);
    }
    return submits;
  }

  async collect(): Promise<Profile> {
    return this.profile;
  }
}

import { type Command, dispatchesOf, encodeAndSubmit, type PassTimer, writtenOut } from './commands.ts';
import type { Storage } from './memory.ts';
import type { PipelineCache, PipelineEntry } from './pipelines.ts';

/** Dispatches that are submitted together without being asked for. */
const LONGEST = 256;
/** Kernels that an error names. */
const NAMED = 6;

/** What times work while a profile is being taken. */
export type Timer =
  | (PassTimer & { kind: 'timestamps' })
  | { kind: 'steps'; run(device: GPUDevice, commands: readonly Command[]): Promise<number> };

/** The work that is queued for a device. */
export class CommandList {
  readonly #device: GPUDevice;
  readonly #pipelines: PipelineCache;
  #commands: Command[] = [];
  /** Commands handed to the device last. */
  #running: readonly Command[] = [];
  #waiting = 0;
  #queued = 0;
  #submitted = 0;
  #stepping: Promise<void> = Promise.resolve();
  timer: Timer | null = null;
  /** Dispatches and submits since the device was opened. */
  readonly counts = { dispatches: 0, submits: 0 };

  constructor(device: GPUDevice, pipelines: PipelineCache) {
    this.#device = device;
    this.#pipelines = pipelines;
  }

  add(command: Command): void {
    const number = ++this.#queued;
    for (const storage of command.storages) storage.lastUse = number;
    const dispatches = dispatchesOf(command);
    this.counts.dispatches += dispatches;
    this.#waiting += dispatches;
    this.#commands.push(command);
    if (this.#waiting >= LONGEST && this.timer?.kind !== 'steps' && this.#pipelines.pending === 0) this.#encode();
  }

  /** Whether everything queued that touches this memory has been handed to the device. */
  isPast(storage: Storage): boolean {
    return storage.lastUse <= this.#submitted;
  }

  /** Compiles what is missing and hands everything to the device. */
  async submit(): Promise<void> {
    await this.#compiled();
    if (this.timer?.kind === 'steps') await this.#step(this.timer);
    else this.#encode();
  }

  /** Forgets what has not been handed to the device. */
  drop(): void {
    this.#commands = [];
    this.#waiting = 0;
    this.#submitted = this.#queued;
  }

  /** The kernels that the device may be working on, for errors. */
  get underWay(): string {
    const names = new Set<string>();
    for (const command of writtenOut([...this.#running, ...this.#commands]))
      if (command.kind === 'dispatch') names.add(command.entry.kernel.name);
    if (names.size === 0) return 'no kernel';
    const more = names.size > NAMED ? ` and ${names.size - NAMED} more` : '';
    return [...names].slice(0, NAMED).join(', ') + more;
  }

  /** Waits until every pipeline in the list is compiled, also those queued while it waited. */
  async #compiled(): Promise<void> {
    while (this.#pipelines.pending > 0) {
      const missing = new Set<PipelineEntry>();
      for (const command of writtenOut(this.#commands)) {
        if (command.kind === 'dispatch' && !command.entry.pipeline) missing.add(command.entry);
      }
      if (missing.size === 0) return;
      try {
        await Promise.all([...missing].map((entry) => entry.ready));
      } catch (error) {
        this.drop(); // What was queued cannot be run as meant; the device itself is sound.
        throw error;
      }
    }
  }

  #taken(): readonly Command[] {
    this.#running = this.#commands;
    this.#commands = [];
    this.#waiting = 0;
    return this.#running;
  }

  #encode(): void {
    if (this.#commands.length === 0) return;
    this.#submitted = this.#queued;
    const timer = this.timer?.kind === 'timestamps' ? this.timer : null;
    this.counts.submits += encodeAndSubmit(this.#device, this.#taken(), timer);
  }

  /** Runs one command after the other, each when the one before has ended. */
  async #step(timer: Extract<Timer, { kind: 'steps' }>): Promise<void> {
    const [commands, queued, before] = [this.#taken(), this.#queued, this.#stepping];
    const run = async () => {
      await before;
      this.counts.submits += await timer.run(this.#device, commands);
      this.#submitted = queued;
    };
    await (this.#stepping = run());
  }
}

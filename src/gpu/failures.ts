import { UserError } from '../util/errors.ts';
import type { MemoryUse } from './memory.ts';

/** Milliseconds in which a lost device says so, after what it was to do has failed. */
const GRACE = 100;

/** What the sentences name. */
export interface Surroundings {
  /** The kernels that the device may be working on. */
  underWay(): string;
  memory(): MemoryUse;
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** What has gone wrong with a device for good. */
export class Failures {
  readonly #device: GPUDevice;
  readonly #around: Surroundings;
  #failure: Error | null = null;
  #isLost = false;
  #closed = false;

  constructor(device: GPUDevice, around: Surroundings) {
    this.#device = device;
    this.#around = around;
    device.lost.then(({ message }) => {
      if (!this.#closed) this.#lost(message.trim() || 'no reason given');
    });
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault?.();
      this.#reported(event.error);
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** From now on the device is meant to be gone. */
  close(): void {
    this.#closed = true;
  }

  /** @throws what has gone wrong */
  check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new Error('the device is closed');
  }

  /** Throws what has gone wrong with the device, or else `error`, which its loss may have caused: that is reported a little later. */
  async rethrow(error: unknown): Promise<never> {
    const late = new Promise((resolve) => setTimeout(resolve, GRACE));
    if (!this.#isLost) await Promise.race([this.#device.lost, late]);
    throw this.#failure ?? error;
  }

  /** Watches over the making of a buffer or texture: an error names it and its size. */
  creating<T>(what: string, bytes: number, create: () => T): T {
    this.#device.pushErrorScope('out-of-memory');
    const made = create();
    this.#device.popErrorScope().then(
      (error) => {
        if (error) this.#outOfMemory(`"${what}" of ${bytes} bytes`);
      },
      () => {}, // the device was lost meanwhile
    );
    return made;
  }

  /** What went wrong before follows from it: some browsers first report what can no longer be done. */
  #lost(reason: string): void {
    if (this.#failure instanceof UserError) return;
    this.#isLost = true;
    this.#failure = new UserError(
      `the GPU device was lost (${reason}) while it ran ${this.#around.underWay()}; go on from the last checkpoint with --resume, with a smaller batch if it happens again`,
    );
  }

  #outOfMemory(what: string): void {
    const { inUse, allocated } = this.#around.memory();
    this.#failure ??= new UserError(
      `the GPU is out of memory at ${what} (${mebibytes(inUse)} in use, ${mebibytes(allocated)} allocated); use a smaller batch or picture`,
    );
  }

  #reported(error: GPUError): void {
    if (typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError)
      this.#outOfMemory(this.#around.underWay());
    else this.#failure ??= new Error(`WebGPU: ${error.message} (while it ran ${this.#around.underWay()})`);
  }
}

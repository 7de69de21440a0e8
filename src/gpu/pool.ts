import { UserError } from '../util/errors.ts';

/** Reads and writes between host and device move whole 32-bit words; a storage binding needs 16 bytes for its largest scalar vector. */
const SMALLEST = 256;

/** What the numbers of a buffer are on the device; arithmetic is in f32 whichever it is. */
export type ScalarType = 'f32' | 'f16';

/** Bytes of one number. */
export const SCALAR_BYTES: Readonly<Record<ScalarType, number>> = { f32: 4, f16: 2 };

/**
 * The size class of a request: powers of two and three steps between them, so that at most a fifth of a buffer is unused
 * and a training step finds its buffers again.
 */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const power = 2 ** Math.floor(Math.log2(bytes));
  const step = power / 4;
  return Math.ceil(bytes / step) * step;
}

/** Free device buffers by size class. A recording owns lists of its own, so that nobody else writes into its buffers. */
export class FreeLists {
  readonly #lists = new Map<number, Storage[]>();
  /** Where buffers go once this owner is gone. */
  successor: FreeLists | null = null;

  take(size: number): Storage | undefined {
    return this.#lists.get(size)?.pop();
  }

  give(storage: Storage): void {
    const home = this.resolve();
    storage.home = home;
    let list = home.#lists.get(storage.size);
    if (!list) home.#lists.set(storage.size, (list = []));
    list.push(storage);
  }

  resolve(): FreeLists {
    let home: FreeLists = this;
    while (home.successor) home = home.successor;
    return home;
  }

  /** Removes and returns everything. */
  drain(): Storage[] {
    const all = [...this.#lists.values()].flat();
    this.#lists.clear();
    return all;
  }
}

/** A device buffer of one size class and the lists it returns to. */
export interface Storage {
  gpuBuffer: GPUBuffer;
  size: number;
  id: number;
  home: FreeLists;
  /** Sequence number of the last queued command that touches it. */
  lastUse: number;
}

export interface MemoryUse {
  /** Bytes of all device buffers, free ones included. */
  allocated: number;
  /** Bytes of the buffers handed out now. */
  inUse: number;
  /** Most bytes ever handed out at once. */
  peak: number;
}

/** Hands out device buffers and takes them back. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly shared = new FreeLists();
  /** The lists that allocations come from now: the shared ones, or a recording's. */
  current: FreeLists = this.shared;
  readonly memory: MemoryUse = { allocated: 0, inUse: 0, peak: 0 };
  #nextId = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  take(bytes: number, label: string): Storage {
    const limit = this.#device.limits.maxBufferSize;
    if (bytes > limit) {
      throw new UserError(
        `${label}: ${bytes} bytes are more than the adapter's largest buffer (${limit}); use a smaller batch or picture`,
      );
    }
    const size = Math.min(sizeClass(bytes), limit);
    const storage = this.current.take(size) ?? this.#create(size, label);
    storage.home = this.current;
    this.memory.inUse += size;
    this.memory.peak = Math.max(this.memory.peak, this.memory.inUse);
    return storage;
  }

  give(storage: Storage): void {
    this.memory.inUse -= storage.size;
    storage.home.give(storage);
  }

  /** Destroys the free shared buffers. Everything queued must have been submitted. */
  trim(): void {
    for (const storage of this.shared.drain()) {
      storage.gpuBuffer.destroy();
      this.memory.allocated -= storage.size;
    }
  }

  #create(size: number, label: string): Storage {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const gpuBuffer = this.#device.createBuffer({ size, usage, label });
    this.memory.allocated += size;
    return { gpuBuffer, size, id: this.#nextId++, home: this.current, lastUse: 0 };
  }
}

/**
 * A piece of device memory with a reference count that starts at 1. At 0 it returns to the pool; work that is already
 * queued still sees its contents, because later users of the memory are queued behind it.
 */
export class GpuBuffer {
  readonly bytes: number;
  readonly label: string;
  /** What a kernel that declares `array<Scalar>` reads here. */
  readonly scalar: ScalarType;
  readonly #pool: BufferPool;
  #storage: Storage | null;
  #references = 1;

  constructor(pool: BufferPool, bytes: number, label: string, scalar: ScalarType) {
    this.bytes = bytes;
    this.label = label;
    this.scalar = scalar;
    this.#pool = pool;
    this.#storage = pool.take(bytes, label);
  }

  get storage(): Storage {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was used after its release`);
    return this.#storage;
  }

  get released(): boolean {
    return this.#storage === null;
  }

  retain(): this {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was retained after its release`);
    this.#references++;
    return this;
  }

  release(): void {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was released twice`);
    this.#references--;
    if (this.#references > 0) return;
    this.#pool.give(this.#storage);
    this.#storage = null;
  }
}

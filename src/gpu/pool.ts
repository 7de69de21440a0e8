import { UserError } from '../util/errors.ts';
import type { Failures } from './failures.ts';

/** Reads and writes between host and device move whole 32-bit words; a storage binding needs 16 bytes for its largest scalar vector. */
const SMALLEST = 256;

/** What the numbers of a buffer are on the device; arithmetic is in f32 whichever it is. */
export type ScalarType = 'f32' | 'f16';

/** Bytes of one number. */
export const SCALAR_BYTES: Readonly<Record<ScalarType, number>> = { f32: 4, f16: 2 };

/** Texels in a row of a texture that serves as memory, and their bytes; kernels find texel i at (i % 1024, i / 1024). */
export const TEXELS_A_ROW = 1024;
export const ROW_BYTES = 16 * TEXELS_A_ROW;

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

/**
 * Free device memory by kind and size class. A recording owns lists of its own, so that nobody else writes into its
 * memory.
 */
export class FreeLists {
  readonly #lists: Record<Memory['kind'], Map<number, Memory[]>> = { buffer: new Map(), texels: new Map() };
  /** Where memory goes once this owner is gone. */
  successor: FreeLists | null = null;

  take<K extends Memory['kind']>(kind: K, size: number): Extract<Memory, { kind: K }> | undefined {
    return this.#lists[kind].get(size)?.pop() as Extract<Memory, { kind: K }> | undefined;
  }

  give(memory: Memory): void {
    const home = this.resolve();
    memory.home = home;
    const lists = home.#lists[memory.kind];
    let list = lists.get(memory.size);
    if (!list) lists.set(memory.size, (list = []));
    list.push(memory);
  }

  resolve(): FreeLists {
    let home: FreeLists = this;
    while (home.successor) home = home.successor;
    return home;
  }

  /** Removes and returns everything. */
  drain(): Memory[] {
    const lists = Object.values(this.#lists);
    const all = lists.flatMap((each) => [...each.values()].flat());
    for (const each of lists) each.clear();
    return all;
  }
}

/** What all device memory has in common. */
interface Pooled {
  /** Bytes of its size class. */
  size: number;
  id: number;
  /** The lists it returns to. */
  home: FreeLists;
  /** Sequence number of the last queued command that touches it. */
  lastUse: number;
}

/** A device buffer of one size class. */
export interface Storage extends Pooled {
  kind: 'buffer';
  gpuBuffer: GPUBuffer;
}

/** A texture of one size class, used as a row of vec4<f32>. */
export interface TexelStorage extends Pooled {
  kind: 'texels';
  texture: GPUTexture;
  view: GPUTextureView;
}

export type Memory = Storage | TexelStorage;

/** Device memory, in bytes. */
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
  readonly #failures: Failures;
  readonly shared = new FreeLists();
  /** The lists that allocations come from now: the shared ones, or a recording's. */
  current: FreeLists = this.shared;
  readonly memory: MemoryUse = { allocated: 0, inUse: 0, peak: 0 };
  #nextId = 0;

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device;
    this.#failures = failures;
  }

  take(bytes: number, label: string): Storage {
    const limit = this.#device.limits.maxBufferSize;
    if (bytes > limit) {
      throw new UserError(
        `${label}: ${bytes} bytes are more than the adapter's largest buffer (${limit}); use a smaller batch or picture`,
      );
    }
    const size = Math.min(sizeClass(bytes), limit);
    return this.#handedOut(this.current.take('buffer', size) ?? this.#create(size, label));
  }

  /** A texture of at least so many texels of 16 bytes, TEXELS_A_ROW to a row. */
  takeTexels(count: number, label: string): TexelStorage {
    const limit = this.#device.limits.maxTextureDimension2D;
    const rows = Math.max(1, Math.ceil(count / TEXELS_A_ROW));
    if (rows > limit) {
      throw new UserError(
        `${label}: ${count} texels are more than the adapter's largest texture (${TEXELS_A_ROW} × ${limit}); use a smaller batch or picture`,
      );
    }
    const size = Math.min(sizeClass(ROW_BYTES * rows), ROW_BYTES * limit);
    return this.#handedOut(this.current.take('texels', size) ?? this.#createTexels(size, label));
  }

  #handedOut<M extends Memory>(memory: M): M {
    memory.home = this.current;
    this.memory.inUse += memory.size;
    this.memory.peak = Math.max(this.memory.peak, this.memory.inUse);
    return memory;
  }

  give(memory: Memory): void {
    this.memory.inUse -= memory.size;
    memory.home.give(memory);
  }

  /** Destroys the free shared buffers. Everything queued must have been submitted. */
  trim(): void {
    for (const memory of this.shared.drain()) {
      if (memory.kind === 'buffer') memory.gpuBuffer.destroy();
      else memory.texture.destroy();
      this.memory.allocated -= memory.size;
    }
  }

  #create(size: number, label: string): Storage {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const gpuBuffer = this.#failures.creating(label, size, () => this.#device.createBuffer({ size, usage, label }));
    this.memory.allocated += size;
    return { kind: 'buffer', gpuBuffer, size, id: this.#nextId++, home: this.current, lastUse: 0 };
  }

  #createTexels(size: number, label: string): TexelStorage {
    const descriptor: GPUTextureDescriptor = {
      size: [TEXELS_A_ROW, size / ROW_BYTES],
      format: 'rgba32float',
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
      label,
    };
    const texture = this.#failures.creating(label, size, () => this.#device.createTexture(descriptor));
    this.memory.allocated += size;
    const view = texture.createView();
    return { kind: 'texels', texture, view, size, id: this.#nextId++, home: this.current, lastUse: 0 };
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

  /** The device memory. Throws after the release. */
  get storage(): Storage {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was used after its release`);
    return this.#storage;
  }

  /** Whether the memory went back to the pool. */
  get released(): boolean {
    return this.#storage === null;
  }

  /** Counts one more user, who releases it in turn. Throws after the release. */
  retain(): this {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was retained after its release`);
    this.#references++;
    return this;
  }

  /** Ends one use; the last gives the memory back to the pool. Throws when that has happened already. */
  release(): void {
    if (!this.#storage) throw new Error(`buffer "${this.label}" (${this.bytes} bytes) was released twice`);
    this.#references--;
    if (this.#references > 0) return;
    this.#pool.give(this.#storage);
    this.#storage = null;
  }
}

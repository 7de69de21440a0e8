import { UserError } from '../util/errors.ts';
import type { Failures } from './failures.ts';
import {
  type Memory,
  type MemoryKind,
  type MemoryUse,
  type Owner,
  ROW_BYTES,
  Storage,
  TEXELS_A_ROW,
  TexelStorage,
} from './memory.ts';

/** What the numbers of a buffer are on the device; arithmetic is in f32 whichever it is. */
export type ScalarType = 'f32' | 'f16';

/** Bytes of one number. */
export const SCALAR_BYTES: Readonly<Record<ScalarType, number>> = { f32: 4, f16: 2 };

/** Sizes of buffers are multiples of this, so that the last vec4 of any number of elements is there. */
export const GRAIN = 256;

/** The size classes around a number of bytes: powers of two and three steps between them. */
function classes(bytes: number): { below: number; above: number } {
  if (bytes <= GRAIN) return { below: GRAIN, above: GRAIN };
  const step = 2 ** Math.floor(Math.log2(bytes)) / 4;
  return { below: Math.floor(bytes / step) * step, above: Math.ceil(bytes / step) * step };
}

/**
 * The size class of a request: at most a fifth of a buffer is unused, and a training step finds its buffers again.
 */
export function sizeClass(bytes: number): number {
  return classes(bytes).above;
}

/** Free memory by kind and by the largest size class that it serves. */
class FreeLists {
  readonly #lists: Record<MemoryKind, Map<number, Memory[]>> = { buffer: new Map(), texels: new Map() };

  take(kind: MemoryKind, size: number): Memory | undefined {
    return this.#lists[kind].get(size)?.pop();
  }

  give(memory: Memory): void {
    const lists = this.#lists[memory.kind];
    const size = classes(memory.size).below;
    let list = lists.get(size);
    if (!list) lists.set(size, (list = []));
    list.push(memory);
  }

  /** Removes and returns everything. */
  drain(): Memory[] {
    const lists = Object.values(this.#lists);
    const all = lists.flatMap((each) => [...each.values()].flat());
    for (const each of lists) each.clear();
    return all;
  }
}

/** Where memory comes from: the pool, or a recording that is under way. */
export interface Source extends Owner {
  take(kind: MemoryKind, bytes: number, label: string): Memory;
}

/** Hands out device memory and takes it back. */
export class MemoryPool implements Source {
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  readonly #free = new FreeLists();
  /** Where allocations come from now. */
  current: Source = this;
  readonly use: MemoryUse = { allocated: 0, inUse: 0, peak: 0 };
  #nextId = 0;

  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device;
    this.#failures = failures;
  }

  /** A buffer of at least so many bytes, for whom allocates now. */
  buffer(bytes: number, label: string): Storage {
    const limit = this.#device.limits.maxBufferSize;
    if (bytes > limit) {
      throw new UserError(
        `${label}: ${bytes} bytes are more than the adapter's largest buffer (${limit}); use a smaller batch or picture`,
      );
    }
    return this.current.take('buffer', bytes, label) as Storage;
  }

  /** A texture of at least so many texels of 16 bytes, for whom allocates now. */
  texels(count: number, label: string): TexelStorage {
    const limit = this.#device.limits.maxTextureDimension2D;
    const rows = Math.max(1, Math.ceil(count / TEXELS_A_ROW));
    if (rows > limit) {
      throw new UserError(
        `${label}: ${count} texels are more than the adapter's largest texture (${TEXELS_A_ROW} × ${limit}); use a smaller batch or picture`,
      );
    }
    return this.current.take('texels', ROW_BYTES * rows, label) as TexelStorage;
  }

  take(kind: MemoryKind, bytes: number, label: string): Memory {
    const { maxBufferSize, maxTextureDimension2D } = this.#device.limits;
    const largest = kind === 'buffer' ? maxBufferSize : ROW_BYTES * maxTextureDimension2D;
    const size = Math.min(sizeClass(bytes), largest);
    const memory = this.#free.take(kind, size) ?? this.create(kind, size, label);
    this.handOut(memory.size);
    return memory;
  }

  give(memory: Memory): void {
    this.handOut(-memory.size);
    this.#free.give(memory);
  }

  /** Counts bytes as handed out; those that come back are negative. */
  handOut(bytes: number): void {
    this.use.inUse += bytes;
    this.use.peak = Math.max(this.use.peak, this.use.inUse);
  }

  /** Destroys what is free. Everything queued must have been submitted. */
  trim(): void {
    for (const memory of this.#free.drain()) {
      if (memory.kind === 'buffer') memory.gpuBuffer.destroy();
      else memory.texture.destroy();
      this.use.allocated -= memory.size;
    }
  }

  /** New memory that is not counted as handed out. */
  create(kind: MemoryKind, size: number, label: string): Memory {
    const memory = this.unplaced(kind, size, this);
    this.place(memory, label);
    return memory;
  }

  /** Memory that has no place on the device yet. */
  unplaced(kind: MemoryKind, size: number, owner: Owner): Memory {
    const Piece = kind === 'buffer' ? Storage : TexelStorage;
    return new Piece(this.#nextId++, size, owner, null);
  }

  /** Gives memory a place of its own on the device. */
  place(memory: Memory, label: string): void {
    const { size } = memory;
    if (memory.kind === 'buffer') memory.occupy(this.#failures.creating(label, size, () => this.#buffer(size, label)));
    else {
      const texture = this.#failures.creating(label, size, () => this.#texture(size, label));
      memory.occupy({ texture, view: texture.createView() });
    }
    this.use.allocated += size;
  }

  #buffer(size: number, label: string): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#device.createBuffer({ size, usage, label });
  }

  #texture(size: number, label: string): GPUTexture {
    return this.#device.createTexture({
      size: [TEXELS_A_ROW, size / ROW_BYTES],
      format: 'rgba32float',
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
      label,
    });
  }
}

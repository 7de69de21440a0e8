import type { Kernel, UniformField } from './kernel.ts';

/** Distinct uniform blocks kept at once; a training step of a ResNet-18 uses fewer than 200. */
const CAPACITY = 8192;

export type Sizes = Record<string, number>;

/** Bytes from the start of one block to that of the next, and those of the buffers that they share. */
const STEP = 256;
const CHUNK = 2 ** 16;

export interface UniformBlock {
  buffer: GPUBuffer;
  /** Part of the buffer that is the block's. */
  offset: number;
  size: number;
  id: number;
}

/**
 * Uniform blocks by content: they never change once written, so any number of dispatches and recordings share them. Many
 * lie in one buffer: every buffer more that a submit touches costs time.
 */
export class UniformCache {
  readonly #device: GPUDevice;
  readonly #blocks = new Map<string, UniformBlock>();
  #nextId = 0;
  #chunk: GPUBuffer | null = null;
  #used = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get count(): number {
    return this.#blocks.size;
  }

  get full(): boolean {
    return this.#blocks.size >= CAPACITY;
  }

  clear(): void {
    this.#blocks.clear();
  }

  get(kernel: Kernel, sizes: Sizes): UniformBlock {
    const words = pack(kernel, sizes);
    const key = words.join(',');
    let block = this.#blocks.get(key);
    if (!block) this.#blocks.set(key, (block = this.#made(words)));
    return block;
  }

  #made(words: Uint32Array<ArrayBuffer>): UniformBlock {
    const size = Math.max(16, Math.ceil(words.byteLength / 16) * 16);
    if (!this.#chunk || this.#used + size > CHUNK) {
      this.#chunk = this.#device.createBuffer({ size: CHUNK, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
      this.#used = 0;
    }
    const block = { buffer: this.#chunk, offset: this.#used, size, id: this.#nextId++ };
    this.#used += Math.ceil(size / STEP) * STEP;
    this.#device.queue.writeBuffer(block.buffer, block.offset, words);
    return block;
  }
}

function pack(kernel: Kernel, sizes: Sizes): Uint32Array<ArrayBuffer> {
  const fields = kernel.interface.fields;
  const view = new DataView(new ArrayBuffer(fields.length * 4));
  fields.forEach((field, index) => {
    const value = sizes[field.name];
    if (value === undefined) throw new Error(`kernel ${kernel.name}: size "${field.name}" is missing`);
    store(kernel, view, index * 4, field, value);
  });
  for (const name of Object.keys(sizes)) {
    if (!fields.some((field) => field.name === name))
      throw new Error(`kernel ${kernel.name}: it has no size "${name}"`);
  }
  return new Uint32Array(view.buffer);
}

function store(kernel: Kernel, view: DataView, offset: number, field: UniformField, value: number): void {
  if (field.type === 'f32') return view.setFloat32(offset, value, true);
  const [low, high] = field.type === 'u32' ? [0, 0xffffffff] : [-0x80000000, 0x7fffffff];
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new Error(
      `kernel ${kernel.name}: size "${field.name}" is ${value}; a ${field.type} holds whole numbers from ${low} to ${high}`,
    );
  }
  if (field.type === 'u32') view.setUint32(offset, value, true);
  else view.setInt32(offset, value, true);
}

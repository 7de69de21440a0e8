import { UserError } from '../util/errors.ts';
import type { Binding, Kernel } from './kernel.ts';
import type { PipelineEntry } from './pipelines.ts';
import { GpuBuffer, type Memory } from './pool.ts';
import { GpuTexels } from './texels.ts';
import { type Sizes, UniformCache } from './uniforms.ts';
import { wholeWords } from './words.ts';

/** Bind groups kept at once. */
const CAPACITY = 16384;

/** Part of a buffer; `offset` is a multiple of 256 bytes. */
export interface BufferView {
  buffer: GpuBuffer;
  offset: number;
  bytes: number;
}

/** Buffers and texels by their WGSL names. */
export type Operands = Record<string, GpuBuffer | BufferView | GpuTexels>;

export interface Bound {
  bindGroup: GPUBindGroup;
  storages: Memory[];
  /** Bytes of everything bound. */
  bytes: number;
}

/** Makes bind groups, and keeps them by what they bind. */
export class BindGroupCache {
  readonly #device: GPUDevice;
  readonly #uniforms: UniformCache;
  readonly #groups = new Map<string, GPUBindGroup>();

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#uniforms = new UniformCache(device);
  }

  get counts(): { bindGroups: number; uniforms: number } {
    return { bindGroups: this.#groups.size, uniforms: this.#uniforms.count };
  }

  get({ layout }: PipelineEntry, kernel: Kernel, operands: Operands, sizes: Sizes): Bound {
    const entries: GPUBindGroupEntry[] = [];
    const storages: Memory[] = [];
    const key: number[] = [kernel.id];
    let bytes = 0;
    for (const binding of kernel.interface.bindings) {
      if (binding.type === 'uniform') {
        const block = this.#uniforms.get(kernel, sizes);
        entries.push({ binding: binding.index, resource: { buffer: block.buffer } });
        key.push(block.id);
        continue;
      }
      const operand = operandOf(kernel, binding, operands);
      storages.push(operand.memory);
      bytes += operand.bytes;
      const resource = this.#resource(kernel, binding, operand);
      entries.push({ binding: binding.index, resource });
      key.push(operand.memory.id);
      if ('buffer' in resource) key.push(resource.offset ?? 0, resource.size ?? 0);
    }
    if (storages.length !== Object.keys(operands).length) throw new Error(unknownNames(kernel, operands));
    const name = key.join(' ');
    let bindGroup = this.#groups.get(name);
    if (!bindGroup) {
      bindGroup = this.#device.createBindGroup({ layout, entries, label: kernel.name });
      this.#groups.set(name, bindGroup);
    }
    return { bindGroup, storages, bytes };
  }

  /** Forgets what has grown beyond its bounds. Recordings and queued work hold what they use. */
  keepWithinBounds(): void {
    if (this.#uniforms.full) {
      this.#uniforms.clear();
      this.clear();
    }
    if (this.#groups.size > CAPACITY) this.clear();
  }

  clear(): void {
    this.#groups.clear();
  }

  #resource(kernel: Kernel, { name }: Binding, { memory, offset, bytes }: Operand): GPUBufferBinding | GPUTextureView {
    if (memory.kind === 'texels') return memory.view;
    const size = Math.max(16, wholeWords(bytes));
    const limit = this.#device.limits.maxStorageBufferBindingSize;
    if (size > limit) {
      throw new UserError(
        `${kernel.name}: "${name}" has ${size} bytes, more than the ${limit} this adapter binds at once; use a smaller batch or picture`,
      );
    }
    return { buffer: memory.gpuBuffer, offset, size };
  }
}

interface Operand {
  memory: Memory;
  offset: number;
  bytes: number;
}

function operandOf(kernel: Kernel, { name, type }: Binding, operands: Operands): Operand {
  const given = operands[name];
  if (!given) throw new Error(`kernel ${kernel.name}: buffer "${name}" is missing`);
  const texels = type === 'texels';
  if (given instanceof GpuTexels !== texels)
    throw new Error(`kernel ${kernel.name}: "${name}" must be ${texels ? 'texels' : 'a buffer'}`);
  if (given instanceof GpuTexels || given instanceof GpuBuffer)
    return { memory: given.storage, offset: 0, bytes: given.bytes };
  return { memory: given.buffer.storage, offset: given.offset, bytes: given.bytes };
}

function unknownNames(kernel: Kernel, operands: Operands): string {
  const known = kernel.interface.bindings
    .filter((binding) => binding.type !== 'uniform')
    .map((binding) => binding.name);
  const unknown = Object.keys(operands).filter((name) => !known.includes(name));
  return `kernel ${kernel.name}: it has no buffer "${unknown.join('", "')}"; its buffers are ${known.join(', ')}`;
}

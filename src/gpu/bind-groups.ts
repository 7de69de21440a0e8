import { UserError } from '../util/errors.ts';
import type { GpuBuffer } from './buffer.ts';
import type { Binding, Kernel } from './kernel.ts';
import type { Memory } from './memory.ts';
import type { PipelineEntry } from './pipelines.ts';
import type { MemoryPlace } from './recorded-memory.ts';
import { GpuTable } from './tables.ts';
import { GpuTexels } from './texels.ts';
import { type Sizes, type UniformBlock, UniformCache } from './uniforms.ts';
import { wholeWords } from './words.ts';

/** Bind groups kept at once. */
const CAPACITY = 16384;

/** Part of a buffer; `offset` is a multiple of 256 bytes. */
export interface BufferView {
  buffer: GpuBuffer;
  offset: number;
  bytes: number;
}

/** Buffers, tables and texels by their WGSL names. */
export type Operands = Record<string, GpuBuffer | BufferView | GpuTable | GpuTexels>;

/** Memory in the place of a binding. */
interface Operand {
  index: number;
  memory: Memory;
  offset: number;
  /** Bytes that are bound. */
  bytes: number;
  written: boolean;
}

/** What a dispatch binds. */
export interface Bound {
  kernel: Kernel;
  operands: readonly Operand[];
  uniforms: { index: number; block: UniformBlock } | null;
}

/** The same with memory in other places. */
export function moved(bound: Bound, place: (memory: Memory) => MemoryPlace): Bound {
  const operands = bound.operands.map((operand): Operand => {
    const { memory, offset } = place(operand.memory);
    return { ...operand, memory, offset: operand.offset + offset };
  });
  return { ...bound, operands };
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

  /** Checks what is given for a dispatch and finds its memory. */
  bind(kernel: Kernel, operands: Operands, sizes: Sizes): Bound {
    const found: Operand[] = [];
    let uniforms: Bound['uniforms'] = null;
    for (const binding of kernel.interface.bindings) {
      if (binding.type === 'uniform') uniforms = { index: binding.index, block: this.#uniforms.get(kernel, sizes) };
      else found.push(this.#operand(kernel, binding, operands));
    }
    if (found.length !== Object.keys(operands).length) throw new Error(unknownNames(kernel, operands));
    return { kernel, operands: found, uniforms };
  }

  /** The bind group for this memory, made once. */
  get(entry: PipelineEntry, bound: Bound): GPUBindGroup {
    const key: number[] = [bound.kernel.id, bound.uniforms?.block.id ?? -1];
    for (const { memory, offset, bytes } of bound.operands) key.push(memory.id, offset, bytes);
    const name = key.join(' ');
    let group = this.#groups.get(name);
    if (!group) this.#groups.set(name, (group = this.create(entry, bound)));
    return group;
  }

  /** A new bind group, for who keeps it. */
  create({ layout }: PipelineEntry, { kernel, operands, uniforms }: Bound): GPUBindGroup {
    const entries = operands.map(({ index, memory, offset, bytes: size }): GPUBindGroupEntry => {
      const resource = memory.kind === 'texels' ? memory.view : { buffer: memory.gpuBuffer, offset, size };
      return { binding: index, resource };
    });
    if (uniforms) {
      const { buffer, offset, size } = uniforms.block;
      entries.push({ binding: uniforms.index, resource: { buffer, offset, size } });
    }
    return this.#device.createBindGroup({ layout, entries, label: kernel.name });
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

  #operand(kernel: Kernel, { name, index, type }: Binding, operands: Operands): Operand {
    const given = operands[name];
    if (!given) throw new Error(`kernel ${kernel.name}: buffer "${name}" is missing`);
    const texels = type === 'texels';
    if (given instanceof GpuTexels !== texels)
      throw new Error(`kernel ${kernel.name}: "${name}" must be ${texels ? 'texels' : 'a buffer'}`);
    if (given instanceof GpuTexels)
      return { index, memory: given.storage, offset: 0, bytes: given.bytes, written: false };
    const { buffer, offset, bytes } = 'buffer' in given ? given : { buffer: given, offset: 0, bytes: given.bytes };
    if (buffer instanceof GpuTable && type === 'storage')
      throw new Error(`kernel ${kernel.name}: it writes "${name}", which must not be a table`);
    const size = Math.max(16, wholeWords(bytes));
    const limit = this.#device.limits.maxStorageBufferBindingSize;
    if (size > limit) {
      throw new UserError(
        `${kernel.name}: "${name}" has ${size} bytes, more than the ${limit} this adapter binds at once; use a smaller batch or picture`,
      );
    }
    return { index, memory: buffer.storage, offset, bytes: size, written: type === 'storage' };
  }
}

function unknownNames(kernel: Kernel, operands: Operands): string {
  const known = kernel.interface.bindings
    .filter((binding) => binding.type !== 'uniform')
    .map((binding) => binding.name);
  const unknown = Object.keys(operands).filter((name) => !known.includes(name));
  return `kernel ${kernel.name}: it has no buffer "${unknown.join('", "')}"; its buffers are ${known.join(', ')}`;
}

/**
 * One device and the list of work for it.
 *
 *   dispatch, write, copy, clear  →  command list  →  (pipelines compiled)  →  few passes, few submits  →  read
 *
 * Queueing never waits. Pipelines compile in parallel from the moment a dispatch first names them; the list is encoded
 * when somebody reads, submits, or when it grows long and everything in it is compiled.
 */
import { UserError } from '../util/errors.ts';
import { type Command, type CopyCommand, encodeAndSubmit, storagesOf, type Work } from './commands.ts';
import type { AdapterKind, HostAdapter, PassedOver } from './host.ts';
import type { Binding, Kernel, Types } from './kernel.ts';
import { PipelineCache, type PipelineEntry } from './pipelines.ts';
import {
  BufferPool,
  GpuBuffer,
  type Memory,
  type MemoryUse,
  SCALAR_BYTES,
  type ScalarType,
  TEXELS_A_ROW,
} from './pool.ts';
import { Profiler } from './profiler.ts';
import { Recording } from './recording.ts';
import { GpuTexels } from './texels.ts';
import { type Sizes, UniformCache } from './uniforms.ts';
import { MAX_WORKGROUPS, type Workgroups } from './workgroups.ts';

/** Commands that are submitted together without being asked for. */
const LONGEST_LIST = 256;
/** Bind groups kept at once. */
const BIND_GROUPS = 16384;

export type HostArray = Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array | Float64Array;

/** Part of a buffer; `offset` is a multiple of 256 bytes. */
export interface BufferView {
  buffer: GpuBuffer;
  offset: number;
  bytes: number;
}

export interface Dispatch {
  /** Buffers and texels by their WGSL names. */
  buffers: Record<string, GpuBuffer | BufferView | GpuTexels>;
  /** Fields of the uniform block by their WGSL names. */
  sizes?: Sizes;
  workgroups: Workgroups;
  /** What the profiler should count for it. */
  work?: Work;
}

export interface GpuInfo {
  name: string;
  vendor: string;
  architecture: string;
  kind: AdapterKind;
  driver: string;
  passedOver: PassedOver[];
}

export class Gpu {
  readonly device: GPUDevice;
  readonly info: GpuInfo;
  readonly features: ReadonlySet<string>;
  readonly limits: GPUSupportedLimits;
  readonly #pool: BufferPool;
  readonly #pipelines: PipelineCache;
  readonly #uniforms: UniformCache;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  #commands: Command[] = [];
  #queued = 0;
  #submitted = 0;
  #recording: Recording | null = null;
  #profiler: Profiler | null = null;
  #failure: Error | null = null;
  #closed = false;
  /**
   * Bytes of a tensor that kernels bind at once; of larger ones they take parts in turn. WebGPU's default limit, whatever the
   * adapter's, so that sums come in the same order everywhere. Tests make it small.
   */
  bindingBytes = 2 ** 27;
  /** Dispatches and submits since the device was opened. */
  readonly counts = { dispatches: 0, submits: 0 };

  constructor(device: GPUDevice, host: HostAdapter) {
    this.device = device;
    this.#pool = new BufferPool(device);
    this.#pipelines = new PipelineCache(device);
    this.#uniforms = new UniformCache(device);
    this.features = new Set(device.features);
    this.limits = device.limits;
    const { vendor, architecture, description } = host.adapter.info;
    const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
    this.info = { name, vendor, architecture, kind: host.kind, driver: host.driver, passedOver: host.passedOver };
    this.#watch();
  }

  get memory(): Readonly<MemoryUse> {
    return this.#pool.memory;
  }

  /** Pipelines known and how many of them are still being compiled. */
  get pipelines(): { count: number; pending: number } {
    return { count: this.#pipelines.count, pending: this.#pipelines.pending };
  }

  /** Memory of this many bytes with undefined contents. */
  alloc(bytes: number, label = 'buffer'): GpuBuffer {
    this.#check();
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new Error(`${label}: ${bytes} is no size in bytes`);
    return new GpuBuffer(this.#pool, bytes, label, 'f32');
  }

  /** Memory of this many numbers with undefined contents. */
  allocNumbers(count: number, label = 'numbers', scalar: ScalarType = 'f32'): GpuBuffer {
    this.#check();
    if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${label}: ${count} is no number of elements`);
    if (scalar === 'f16' && !this.features.has('shader-f16')) {
      throw new UserError(
        `${label}: 16-bit numbers need an adapter with the feature shader-f16, which ${this.info.name} lacks; use f32`,
      );
    }
    return new GpuBuffer(this.#pool, count * SCALAR_BYTES[scalar], label, scalar);
  }

  /** Memory for as many numbers of the same type, with undefined contents. */
  allocLike(buffer: GpuBuffer, label: string): GpuBuffer {
    this.#check();
    return new GpuBuffer(this.#pool, buffer.bytes, label, buffer.scalar);
  }

  /** The most texels that `allocTexels` hands out at once. */
  get mostTexels(): number {
    return TEXELS_A_ROW * this.limits.maxTextureDimension2D;
  }

  /** Scratch memory of so many vec4<f32> in a texture, with undefined contents. */
  allocTexels(count: number, label = 'texels'): GpuTexels {
    this.#check();
    return new GpuTexels(this.#pool, count, label);
  }

  /** A new buffer with the array's bytes. */
  upload(data: HostArray, label = 'upload'): GpuBuffer {
    const buffer = this.alloc(data.byteLength, label);
    this.write(buffer, data);
    return buffer;
  }

  /**
   * Overwrites part of a buffer; takes effect after all work queued before it. Offset and length are multiples of 4, but
   * what reaches the buffer's end may have any length.
   */
  write(buffer: GpuBuffer, data: HostArray, byteOffset = 0): void {
    checkWords('write', buffer, data.byteLength, byteOffset);
    if (data.byteLength === 0) return;
    const storage = buffer.storage;
    const bytes = padded(data);
    if (storage.lastUse <= this.#submitted && !this.#recording) {
      this.device.queue.writeBuffer(storage.gpuBuffer, byteOffset, bytes);
    } else {
      this.#queue({ kind: 'write', storage, offset: byteOffset, data: bytes === data ? bytes.slice() : bytes });
    }
  }

  /** Copies bytes between buffers; sizes and offsets as in `write`. */
  copy(source: GpuBuffer, target: GpuBuffer, bytes: number, sourceOffset = 0, targetOffset = 0): void {
    if (bytes === 0) return;
    if (sourceOffset % 4 !== 0 || sourceOffset + bytes > source.bytes) {
      throw new Error(
        `copy of ${bytes} bytes at ${sourceOffset} from "${source.label}" of ${source.bytes} bytes does not fit or is not aligned to 4`,
      );
    }
    checkWords('copy', target, bytes, targetOffset);
    const storages = [source.storage, target.storage];
    const [from, to] = [source.storage.gpuBuffer, target.storage.gpuBuffer];
    this.#queue({
      kind: 'copy',
      source: from,
      sourceOffset,
      target: to,
      targetOffset,
      bytes: wholeWords(bytes),
      storages,
    });
  }

  /** Fills a buffer with zeros. */
  clear(buffer: GpuBuffer): void {
    this.#queue({ kind: 'clear', storage: buffer.storage, bytes: wholeWords(buffer.bytes) });
  }

  /** Queues one dispatch of the kernel's variant for what the buffers hold. Returns at once. */
  dispatch(general: Kernel, dispatch: Dispatch): void {
    this.#check();
    const workgroups = this.#workgroups(general, dispatch.workgroups);
    if (workgroups.includes(0)) return;
    const kernel = variantFor(general, dispatch.buffers);
    const entry = this.#pipelines.get(kernel);
    const storages: Memory[] = [];
    const bindGroup = this.#bindGroup(kernel, entry, dispatch, storages);
    this.counts.dispatches++;
    this.#queue({ kind: 'dispatch', entry, bindGroup, workgroups, storages, work: dispatch.work });
  }

  /** Compiles what is missing and hands everything queued to the device. */
  async submit(): Promise<void> {
    await this.#compiled();
    this.#encode();
    this.#check();
  }

  /** Runs everything queued and waits for the device. */
  async finish(): Promise<void> {
    await this.submit();
    await this.device.queue.onSubmittedWorkDone();
    this.#check();
  }

  /** Runs everything queued, then returns bytes of a buffer. Offset and length are multiples of 4. */
  async read(buffer: GpuBuffer, bytes = buffer.bytes, byteOffset = 0): Promise<ArrayBuffer> {
    if (this.#recording) throw new Error('nothing can be read back while a step is being recorded');
    this.#check();
    if (bytes === 0) return new ArrayBuffer(0);
    const size = wholeWords(bytes);
    const staging = this.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      label: `read ${buffer.label}`,
    });
    try {
      const copy: CopyCommand = {
        kind: 'copy',
        source: buffer.storage.gpuBuffer,
        sourceOffset: byteOffset,
        target: staging,
        targetOffset: 0,
        bytes: size,
        storages: [buffer.storage],
      };
      this.#queue(copy);
      await this.submit();
      await staging.mapAsync(GPUMapMode.READ);
      this.#check();
      return staging.getMappedRange().slice(0, bytes);
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      staging.destroy();
    }
  }

  /**
   * Runs `step` once and keeps its dispatches, so that `replay()` queues the same work on the same buffers without any of
   * the step's JavaScript. Inputs are buffers made before the call, refreshed with `write` between replays.
   */
  record<T>(step: () => T): { recording: Recording; result: T } {
    if (this.#recording) throw new Error('a recording is already under way');
    const recording = new Recording(this.#pool, (commands) => {
      for (const command of commands) {
        if (command.kind === 'dispatch') this.counts.dispatches++;
        this.#queue(command);
      }
    });
    this.#recording = recording;
    try {
      return { recording, result: recording.capture(step) };
    } finally {
      this.#recording = null;
    }
  }

  /** Runs `work` with a time measured for every dispatch. */
  async profile<T>(work: () => Promise<T> | T): Promise<{ profile: Profiler; result: T }> {
    await this.finish();
    const profiler = new Profiler(this.device);
    this.#profiler = profiler;
    try {
      const result = await work();
      await this.finish();
      await profiler.collect();
      return { profile: profiler, result };
    } finally {
      this.#profiler = null;
    }
  }

  /** Destroys the buffers nobody uses. */
  async trim(): Promise<void> {
    await this.finish();
    this.#bindGroups.clear();
    this.#pool.trim();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Destroys the device. The process can end afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#commands = [];
    this.device.destroy();
  }

  #queue(command: Command): void {
    this.#check();
    this.#queued++;
    for (const storage of storagesOf(command)) storage.lastUse = this.#queued;
    this.#recording?.add(command);
    this.#commands.push(command);
    if (this.#commands.length >= LONGEST_LIST && this.#pipelines.pending === 0) this.#encode();
  }

  /** Waits until every pipeline in the list is compiled, also those queued while it waited. */
  async #compiled(): Promise<void> {
    for (;;) {
      const missing = new Set<PipelineEntry>();
      for (const command of this.#commands) {
        if (command.kind === 'dispatch' && !command.entry.pipeline) missing.add(command.entry);
      }
      if (missing.size === 0) return;
      try {
        await Promise.all([...missing].map((entry) => entry.ready));
      } catch (error) {
        // What was queued cannot be run as meant; the device itself is sound.
        this.#commands = [];
        this.#submitted = this.#queued;
        throw error;
      }
      this.#check();
    }
  }

  #encode(): void {
    if (this.#commands.length === 0) return;
    const commands = this.#commands;
    this.#commands = [];
    this.#submitted = this.#queued;
    this.counts.submits += encodeAndSubmit(this.device, commands, this.#profiler);
    if (this.#uniforms.full) {
      this.#uniforms.clear();
      this.#bindGroups.clear();
    }
    if (this.#bindGroups.size > BIND_GROUPS) this.#bindGroups.clear();
  }

  #workgroups(kernel: Kernel, [x, y = 1, z = 1]: Workgroups): [number, number, number] {
    for (const groups of [x, y, z]) {
      if (!Number.isInteger(groups) || groups < 0 || groups > MAX_WORKGROUPS) {
        throw new Error(
          `kernel ${kernel.name}: ${x} × ${y} × ${z} workgroups; each must be a whole number up to ${MAX_WORKGROUPS}`,
        );
      }
    }
    return [x, y, z];
  }

  #bindGroup(kernel: Kernel, entry: PipelineEntry, dispatch: Dispatch, storages: Memory[]): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = [];
    const key: (number | string)[] = [kernel.id];
    let named = 0;
    for (const binding of kernel.interface.bindings) {
      if (binding.type === 'uniform') {
        const block = this.#uniforms.get(kernel, dispatch.sizes ?? {});
        entries.push({ binding: binding.index, resource: { buffer: block.buffer } });
        key.push(block.id);
        continue;
      }
      named++;
      const resource = this.#resource(kernel, binding, dispatch, storages);
      entries.push({ binding: binding.index, resource });
      key.push((storages.at(-1) as Memory).id);
      if ('buffer' in resource) key.push(resource.offset ?? 0, resource.size ?? 0);
    }
    if (named !== Object.keys(dispatch.buffers).length) throw new Error(unknownNames(kernel, dispatch.buffers));
    const name = key.join(' ');
    let group = this.#bindGroups.get(name);
    if (!group) {
      group = this.device.createBindGroup({ layout: entry.layout, entries, label: kernel.name });
      this.#bindGroups.set(name, group);
    }
    return group;
  }

  #resource(
    kernel: Kernel,
    binding: Binding,
    dispatch: Dispatch,
    storages: Memory[],
  ): GPUBufferBinding | GPUTextureView {
    const given = dispatch.buffers[binding.name];
    if (!given) throw new Error(`kernel ${kernel.name}: buffer "${binding.name}" is missing`);
    const texels = binding.type === 'texels' || binding.type === 'texels-out';
    if (given instanceof GpuTexels !== texels) {
      throw new Error(`kernel ${kernel.name}: "${binding.name}" must be ${texels ? 'texels' : 'a buffer'}`);
    }
    if (given instanceof GpuTexels) {
      storages.push(given.storage);
      return given.storage.view;
    }
    const view = given instanceof GpuBuffer ? { buffer: given, offset: 0, bytes: given.bytes } : given;
    const storage = view.buffer.storage;
    const size = Math.max(16, wholeWords(view.bytes));
    if (size > this.limits.maxStorageBufferBindingSize) {
      throw new UserError(
        `${kernel.name}: "${binding.name}" has ${size} bytes, more than the ${this.limits.maxStorageBufferBindingSize} this adapter binds at once; use a smaller batch or picture`,
      );
    }
    storages.push(storage);
    return { buffer: storage.gpuBuffer, offset: view.offset, size };
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#closed) throw new Error('the device is closed');
  }

  #watch(): void {
    this.device.lost.then((info) => {
      if (this.#closed || info.reason === 'destroyed') return;
      this.#failure ??= new UserError(
        `The GPU device was lost (${info.message.trim() || 'no reason given'}) during ${this.#lastKernel()}; start again with --resume, with a smaller batch if it happens again`,
      );
    });
    this.device.addEventListener('uncapturederror', (event) => {
      event.preventDefault?.();
      const error = event.error;
      const memory = typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError;
      this.#failure ??= memory
        ? new UserError(
            `The GPU is out of memory (${this.memory.inUse} bytes in use, ${this.memory.allocated} allocated) near ${this.#lastKernel()}; use a smaller batch or picture`,
          )
        : new Error(`WebGPU: ${error.message} (near ${this.#lastKernel()})`);
    });
  }

  #lastKernel(): string {
    const last = this.#commands.findLast((command) => command.kind === 'dispatch');
    return last?.kind === 'dispatch' ? last.entry.kernel.name : 'the last submitted work';
  }
}

function unknownNames(kernel: Kernel, buffers: Record<string, unknown>): string {
  const known = kernel.interface.bindings
    .filter((binding) => binding.type !== 'uniform')
    .map((binding) => binding.name);
  const unknown = Object.keys(buffers).filter((name) => !known.includes(name));
  return `kernel ${kernel.name}: it has no buffer "${unknown.join('", "')}"; its buffers are ${known.join(', ')}`;
}

/** The kernel whose aliases are the types that its buffers hold. */
function variantFor(kernel: Kernel, buffers: Dispatch['buffers']): Kernel {
  const types: Types = {};
  let half = false;
  for (const { name, alias, type } of kernel.interface.bindings) {
    const given = buffers[name];
    if (type === 'uniform' || !given || given instanceof GpuTexels) continue;
    const { scalar } = given instanceof GpuBuffer ? given : given.buffer;
    const expected = alias ? (types[alias] ?? scalar) : 'f32';
    if (scalar !== expected)
      throw new Error(`kernel ${kernel.name}: buffer "${name}" holds ${scalar}, where it must hold ${expected}`);
    if (alias) types[alias] = scalar;
    half ||= scalar === 'f16';
  }
  return half ? kernel.storing(types) : kernel;
}

/** WebGPU moves whole words; past a buffer's end there is room for the rest of one, within it there is somebody's data. */
function checkWords(what: string, target: GpuBuffer, bytes: number, offset: number): void {
  const end = offset + bytes;
  if (offset % 4 === 0 && end <= target.bytes && (bytes % 4 === 0 || end === target.bytes)) return;
  throw new Error(
    `${what} of ${bytes} bytes at ${offset} into "${target.label}" of ${target.bytes} bytes does not fit or is not aligned to 4`,
  );
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** The array's bytes, padded to whole words. */
function padded(data: HostArray): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (bytes.byteLength % 4 === 0) return bytes;
  const words = new Uint8Array(wholeWords(bytes.byteLength));
  words.set(bytes);
  return words;
}

/**
 * One device and the list of work for it.
 *
 *   dispatch, write, copy, clear  →  command list  →  (pipelines compiled)  →  few passes, few submits  →  read
 *
 * Queueing never waits. Pipelines compile in parallel from the moment a dispatch first names them; the list is encoded
 * when somebody reads, submits, or when it grows long and everything in it is compiled.
 */
import { UserError } from '../util/errors.ts';
import { BindGroupCache, type BufferView, type Operands } from './bind-groups.ts';
import { GpuBuffer } from './buffer.ts';
import { CommandList } from './command-list.ts';
import type { Command, ReplayCommand, Work } from './commands.ts';
import { Failures } from './failures.ts';
import type { AdapterKind, HostAdapter, PassedOver } from './host.ts';
import type { Kernel, Types } from './kernel.ts';
import { type MemoryUse, TEXELS_A_ROW } from './memory.ts';
import { PipelineCache } from './pipelines.ts';
import { MemoryPool, SCALAR_BYTES, type ScalarType } from './pool.ts';
import type { Profile } from './profile.ts';
import { Recording } from './recording.ts';
import { type GpuTable, TableCache } from './tables.ts';
import { GpuTexels } from './texels.ts';
import { StepTimer, TimestampTimer } from './timers.ts';
import { Tuning } from './tuning.ts';
import type { Sizes } from './uniforms.ts';
import { checkWords, type HostArray, padded, wholeWords } from './words.ts';
import { MAX_WORKGROUPS, type Workgroups } from './workgroups.ts';

export type { BufferView, HostArray };

/** One run of a kernel. */
export interface Dispatch {
  /** Buffers, tables and texels by their WGSL names. */
  buffers: Operands;
  /** Fields of the uniform block by their WGSL names. */
  sizes?: Sizes;
  workgroups: Workgroups;
  /** What the profiler should count for it: by default no operations, and the bytes of everything bound. */
  work?: Partial<Work>;
}

/** What is known of the adapter. */
export interface GpuInfo {
  name: string;
  vendor: string;
  architecture: string;
  /** The device and the driver as the driver names them; empty where it does not. */
  device: string;
  description: string;
  kind: AdapterKind;
  /** Invocations that a subgroup has at least; 1 where the adapter does not say. */
  subgroupSize: number;
  driver: string;
  passedOver: PassedOver[];
}

/** An open device: memory, queued work, pipelines, recording, profiling. Made by `openGpu`. */
export class Gpu {
  readonly device: GPUDevice;
  readonly info: GpuInfo;
  readonly features: ReadonlySet<string>;
  readonly limits: GPUSupportedLimits;
  /** Ways to compute that take the place of the built-in choices. */
  readonly tuning = new Tuning();
  readonly #pool: MemoryPool;
  readonly #pipelines: PipelineCache;
  readonly #bindGroups: BindGroupCache;
  readonly #tables: TableCache;
  readonly #list: CommandList;
  readonly #failures: Failures;
  #recording: Recording | null = null;
  /**
   * Bytes of a tensor that kernels bind at once; of larger ones they take parts in turn. WebGPU's default limit, whatever the
   * adapter's, so that sums come in the same order everywhere. Tests make it small.
   */
  bindingBytes = 2 ** 27;

  constructor(device: GPUDevice, host: HostAdapter) {
    this.device = device;
    this.#pipelines = new PipelineCache(device);
    this.#bindGroups = new BindGroupCache(device);
    this.#list = new CommandList(device, this.#pipelines);
    this.#failures = new Failures(device, { underWay: () => this.#list.underWay, memory: () => this.#pool.use });
    this.#pool = new MemoryPool(device, this.#failures);
    this.#tables = new TableCache(device, this.#pool);
    this.features = new Set(device.features);
    this.limits = device.limits;
    const { vendor, architecture, device: model, description, subgroupMinSize: subgroupSize = 1 } = host.adapter.info;
    const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
    const { kind, driver, passedOver } = host;
    this.info = { name, vendor, architecture, device: model, description, kind, subgroupSize, driver, passedOver };
    this.tuning.load(host.tuning);
  }

  /** Dispatches and submits since the device was opened. */
  get counts(): Readonly<{ dispatches: number; submits: number }> {
    return this.#list.counts;
  }

  /** Objects of WebGPU kept for further use. */
  get kept(): Readonly<{ pipelines: number; bindGroups: number; uniforms: number }> {
    return { pipelines: this.#pipelines.count, ...this.#bindGroups.counts };
  }

  /** Bytes of device memory in use, at most so far, and allocated. */
  get memory(): Readonly<MemoryUse> {
    return this.#pool.use;
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

  /** The words that `make` gives, on the device; made once as long as `key`, which must determine them, is the same. */
  table(key: string, label: string, make: () => Uint32Array<ArrayBuffer>): GpuTable {
    this.#check();
    return this.#tables.get(key, label, make);
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

  /** Fills texels from a buffer of `texels.rowBytes` bytes. */
  fillTexels(texels: GpuTexels, buffer: GpuBuffer): void {
    if (buffer.bytes !== texels.rowBytes) {
      throw new Error(`"${buffer.label}" has ${buffer.bytes} bytes; "${texels.label}" takes ${texels.rowBytes}`);
    }
    this.#queue({ kind: 'fill', storages: [buffer.storage, texels.storage], sourceOffset: 0, rows: texels.rows });
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
    if (this.#list.isPast(storage) && !this.#recording) {
      this.device.queue.writeBuffer(storage.gpuBuffer, byteOffset, bytes);
    } else {
      this.#queue({
        kind: 'write',
        storages: [storage],
        offset: byteOffset,
        data: bytes === data ? bytes.slice() : bytes,
      });
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
    const storages = [source.storage, target.storage] as const;
    this.#queue({ kind: 'copy', storages, sourceOffset, targetOffset, bytes: wholeWords(bytes) });
  }

  /** Fills a buffer with zeros. */
  clear(buffer: GpuBuffer): void {
    this.#queue({ kind: 'clear', storages: [buffer.storage], offset: 0, bytes: wholeWords(buffer.bytes) });
  }

  /** Queues one dispatch of the kernel's variant for what the buffers hold. Returns at once. */
  dispatch(general: Kernel, dispatch: Dispatch): void {
    this.#check();
    const workgroups = this.#workgroups(general, dispatch.workgroups);
    if (workgroups.includes(0)) return;
    const kernel = variantFor(general, dispatch.buffers);
    const entry = this.#pipelines.get(kernel);
    const bound = this.#bindGroups.bind(kernel, dispatch.buffers, dispatch.sizes ?? {});
    const bindGroup = this.#recording ? null : this.#bindGroups.get(entry, bound);
    const storages = bound.operands.map(({ memory }) => memory);
    const bytes = dispatch.work?.bytes ?? bound.operands.reduce((sum, each) => sum + each.bytes, 0);
    const work = { flops: dispatch.work?.flops ?? 0, bytes };
    this.#queue({ kind: 'dispatch', entry, bound, bindGroup, workgroups, storages, work });
  }

  /** Compiles what is missing and hands everything queued to the device. */
  async submit(): Promise<void> {
    try {
      await this.#list.submit();
      this.#check();
    } catch (error) {
      await this.#failures.rethrow(error);
    }
    this.#bindGroups.keepWithinBounds();
    if (this.#tables.full) this.#forgetTables();
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
      const storages = [buffer.storage] as const;
      this.#queue({ kind: 'download', storages, sourceOffset: byteOffset, target: staging, bytes: size });
      await this.submit();
      await staging.mapAsync(GPUMapMode.READ);
      this.#check();
      return staging.getMappedRange().slice(0, bytes);
    } catch (error) {
      return await this.#failures.rethrow(error);
    } finally {
      staging.destroy();
    }
  }

  /** Whether a step is being recorded. */
  get isRecording(): boolean {
    return this.#recording !== null;
  }

  /**
   * Runs `step` once and keeps its dispatches, so that `replay()` queues the same work on the same memory without any of
   * the step's JavaScript. Inputs are buffers made before the call, refreshed with `write` between replays. The work is
   * queued for the first time when the step is whole, because only then the memory it needs at a time is known.
   */
  record<T>(step: () => T): { recording: Recording; result: T } {
    if (this.#recording) throw new Error('a recording is already under way');
    const queue = (command: ReplayCommand) => this.#queue(command);
    const recording = new Recording({ pool: this.#pool, bindGroups: this.#bindGroups, queue });
    this.#recording = recording;
    let result: T;
    try {
      result = recording.capture(step);
    } finally {
      this.#recording = null;
    }
    recording.replay();
    return { recording, result };
  }

  /**
   * Times every dispatch from now on, until the function that comes back is called, which gives the profile. It begins and
   * ends with what is submitted: call `submit` or `finish` before.
   */
  startProfile(): () => Promise<Profile> {
    if (this.#list.timer) throw new Error('a profile is already being taken');
    const timer = this.features.has('timestamp-query') ? new TimestampTimer(this.device) : new StepTimer();
    this.#list.timer = timer;
    return () => {
      this.#list.timer = null;
      return timer.collect();
    };
  }

  /** Runs `work` with a time measured for every dispatch. */
  async profile<T>(work: () => Promise<T> | T): Promise<{ profile: Profile; result: T }> {
    await this.finish();
    const stop = this.startProfile();
    try {
      const result = await work();
      await this.finish();
      return { profile: await stop(), result };
    } finally {
      this.#list.timer = null;
    }
  }

  /** Destroys the buffers nobody uses. */
  async trim(): Promise<void> {
    await this.finish();
    this.#forgetTables();
    this.#pool.trim();
  }

  /** Bind groups hold tables, so they go together. */
  #forgetTables(): void {
    this.#bindGroups.clear();
    this.#tables.clear();
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#failures.closed;
  }

  /** Destroys the device. The process can end afterwards. */
  close(): void {
    if (this.closed) return;
    this.#failures.close();
    this.#list.drop();
    this.device.destroy();
  }

  #queue(command: Command): void {
    this.#check();
    if (this.#recording) this.#recording.add(command);
    else this.#list.add(command);
  }

  #check(): void {
    this.#failures.check();
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
}

/** The kernel whose aliases are the types that its buffers hold. */
function variantFor(kernel: Kernel, buffers: Dispatch['buffers']): Kernel {
  const types: Types = {};
  let half = false;
  for (const { name, alias, integer, type } of kernel.interface.bindings) {
    const given = buffers[name];
    if (type === 'uniform' || integer || !given || given instanceof GpuTexels) continue;
    const { scalar } = 'buffer' in given ? given.buffer : given;
    const expected = alias ? (types[alias] ?? scalar) : 'f32';
    if (scalar !== expected)
      throw new Error(`kernel ${kernel.name}: buffer "${name}" holds ${scalar}, where it must hold ${expected}`);
    if (alias) types[alias] = scalar;
    half ||= scalar === 'f16';
  }
  return half ? kernel.storing(types) : kernel;
}

import type { PipelineEntry } from './pipelines.ts';
import { type Memory, ROW_BYTES, type Storage, TEXELS_A_ROW, type TexelStorage } from './pool.ts';

/** What a dispatch costs on paper, for the profiler. */
export interface Work {
  /** Operations on floats, a multiply–add being two. */
  flops: number;
  /** Bytes read and written, each counted once. */
  bytes: number;
}

export interface DispatchCommand {
  kind: 'dispatch';
  entry: PipelineEntry;
  bindGroup: GPUBindGroup;
  workgroups: readonly [number, number, number];
  storages: readonly Memory[];
  work: Work;
}

export interface WriteCommand {
  kind: 'write';
  storages: readonly [Storage];
  offset: number;
  data: Uint8Array<ArrayBuffer>;
}

export interface CopyCommand {
  kind: 'copy';
  source: GPUBuffer;
  sourceOffset: number;
  target: GPUBuffer;
  targetOffset: number;
  bytes: number;
  storages: readonly Storage[];
}

export interface ClearCommand {
  kind: 'clear';
  storages: readonly [Storage];
  bytes: number;
}

/** The commands of a recording, once more. */
export interface ReplayCommand {
  kind: 'replay';
  commands: readonly Command[];
  /** Dispatches in it. */
  dispatches: number;
  /** Everything it touches, each once. */
  storages: readonly Memory[];
}

/** Whole rows of texels from a buffer. */
export interface FillCommand {
  kind: 'fill';
  storages: readonly [source: Storage, target: TexelStorage];
  rows: number;
}

/** Device work in the order in which it takes effect. */
export type Command = DispatchCommand | WriteCommand | CopyCommand | ClearCommand | FillCommand | ReplayCommand;

/** Dispatches of a command. */
export function dispatchesOf(command: Command): number {
  if (command.kind === 'replay') return command.dispatches;
  return command.kind === 'dispatch' ? 1 : 0;
}

/** Commands with replays written out. */
export function* writtenOut(commands: Iterable<Command>): Generator<Exclude<Command, ReplayCommand>> {
  for (const command of commands) {
    if (command.kind === 'replay') yield* writtenOut(command.commands);
    else yield command;
  }
}

/** Times each pass while a profile is being taken. */
export interface PassTimer {
  slot(command: DispatchCommand): GPUComputePassTimestampWrites;
  resolve(encoder: GPUCommandEncoder): void;
}

/** Encodes commands into as few compute passes and submits as their order allows; returns the number of submits. */
export function encodeAndSubmit(device: GPUDevice, commands: readonly Command[], timer: PassTimer | null): number {
  const encoder = new Encoder(device, timer);
  encoder.addAll(commands);
  encoder.submit();
  return encoder.submits;
}

class Encoder {
  readonly #device: GPUDevice;
  readonly #timer: PassTimer | null;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  /** What the pass has set. */
  #pipeline: GPUComputePipeline | null = null;
  submits = 0;

  constructor(device: GPUDevice, timer: PassTimer | null) {
    this.#device = device;
    this.#timer = timer;
  }

  addAll(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.kind === 'dispatch') this.#dispatch(command);
      else if (command.kind === 'replay') this.addAll(command.commands);
      else this.#move(command);
    }
  }

  #dispatch(command: DispatchCommand): void {
    const pass = this.#pass ?? this.#openPass(command);
    const { pipeline, kernel } = command.entry;
    if (!pipeline) throw new Error(`kernel ${kernel.name} was encoded before it was compiled`);
    if (pipeline !== this.#pipeline) pass.setPipeline((this.#pipeline = pipeline));
    pass.setBindGroup(0, command.bindGroup);
    const { workgroups } = command;
    pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    if (this.#timer) this.#closePass();
  }

  #move(command: WriteCommand | CopyCommand | ClearCommand | FillCommand): void {
    if (command.kind === 'write') {
      this.submit();
      this.#device.queue.writeBuffer(command.storages[0].gpuBuffer, command.offset, command.data);
      return;
    }
    this.#closePass();
    this.#encoder ??= this.#device.createCommandEncoder();
    if (command.kind === 'clear') this.#encoder.clearBuffer(command.storages[0].gpuBuffer, 0, command.bytes);
    else if (command.kind === 'fill') {
      const [{ gpuBuffer: buffer }, { texture }] = command.storages;
      this.#encoder.copyBufferToTexture({ buffer, bytesPerRow: ROW_BYTES }, { texture }, [TEXELS_A_ROW, command.rows]);
    } else {
      const { source, sourceOffset, target, targetOffset, bytes } = command;
      this.#encoder.copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
    }
  }

  #openPass(command: DispatchCommand): GPUComputePassEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    const descriptor: GPUComputePassDescriptor = this.#timer ? { timestampWrites: this.#timer.slot(command) } : {};
    this.#pipeline = null;
    return (this.#pass = this.#encoder.beginComputePass(descriptor));
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = null;
  }

  submit(): void {
    this.#closePass();
    if (!this.#encoder) return;
    this.#timer?.resolve(this.#encoder);
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.submits++;
  }
}

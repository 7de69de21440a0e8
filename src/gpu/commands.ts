import type { Bound } from './bind-groups.ts';
import { type Memory, ROW_BYTES, type Storage, TEXELS_A_ROW, type TexelStorage } from './memory.ts';
import type { PipelineEntry } from './pipelines.ts';
import type { MemoryPlace } from './recorded-memory.ts';

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
  bound: Bound;
  /** null while a recording is under way: the memory has no places yet. */
  bindGroup: GPUBindGroup | null;
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
  storages: readonly [source: Storage, target: Storage];
  sourceOffset: number;
  targetOffset: number;
  bytes: number;
}

/** A copy into a buffer that the host reads. */
export interface DownloadCommand {
  kind: 'download';
  storages: readonly [source: Storage];
  sourceOffset: number;
  target: GPUBuffer;
  bytes: number;
}

export interface ClearCommand {
  kind: 'clear';
  storages: readonly [Storage];
  offset: number;
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
  sourceOffset: number;
  rows: number;
}

/** Device work in the order in which it takes effect. */
export type Command = DispatchCommand | Move | ReplayCommand;

/** What is no dispatch. */
export type Move = WriteCommand | CopyCommand | DownloadCommand | ClearCommand | FillCommand;

/** Dispatches of a command. */
export function dispatchesOf(command: Command): number {
  if (command.kind === 'replay') return command.dispatches;
  return command.kind === 'dispatch' ? 1 : 0;
}

/** The same with its memory in other places. */
export function movedMove(command: Move, places: readonly MemoryPlace[]): Move {
  const [first, second] = places.map(({ memory }) => memory) as [Storage, Storage & TexelStorage];
  const [from = 0, to = 0] = places.map(({ offset }) => offset);
  switch (command.kind) {
    case 'write':
    case 'clear':
      return { ...command, storages: [first], offset: command.offset + from };
    case 'download':
      return { ...command, storages: [first], sourceOffset: command.sourceOffset + from };
    case 'fill':
      return { ...command, storages: [first, second], sourceOffset: command.sourceOffset + from };
    case 'copy': {
      const offsets = { sourceOffset: command.sourceOffset + from, targetOffset: command.targetOffset + to };
      return { ...command, ...offsets, storages: [first, second] };
    }
  }
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
    // Numbers that are left out need not be looked at.
    if (workgroups[1] * workgroups[2] === 1) pass.dispatchWorkgroups(workgroups[0]);
    else pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    if (this.#timer) this.#closePass();
  }

  #move(command: Move): void {
    if (command.kind === 'write') {
      this.submit();
      this.#device.queue.writeBuffer(command.storages[0].gpuBuffer, command.offset, command.data);
      return;
    }
    this.#closePass();
    this.#encoder ??= this.#device.createCommandEncoder();
    encodeMove(this.#encoder, command);
  }

  #openPass(command: DispatchCommand): GPUComputePassEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#pipeline = null;
    const timed = this.#timer ? { timestampWrites: this.#timer.slot(command) } : undefined;
    return (this.#pass = this.#encoder.beginComputePass(timed));
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

function encodeMove(encoder: GPUCommandEncoder, command: Exclude<Move, WriteCommand>): void {
  const [{ gpuBuffer: buffer }] = command.storages;
  switch (command.kind) {
    case 'clear':
      return encoder.clearBuffer(buffer, command.offset, command.bytes);
    case 'download':
      return encoder.copyBufferToBuffer(buffer, command.sourceOffset, command.target, 0, command.bytes);
    case 'copy': {
      const target = command.storages[1].gpuBuffer;
      return encoder.copyBufferToBuffer(buffer, command.sourceOffset, target, command.targetOffset, command.bytes);
    }
    case 'fill': {
      const { texture } = command.storages[1];
      const source = { buffer, offset: command.sourceOffset, bytesPerRow: ROW_BYTES };
      return encoder.copyBufferToTexture(source, { texture }, [TEXELS_A_ROW, command.rows]);
    }
  }
}

import type { PipelineEntry } from './pipelines.ts';
import type { Memory, Storage } from './pool.ts';

/** What a dispatch costs on paper, for the profiler. */
export interface Work {
  flops?: number;
  bytes?: number;
}

export interface DispatchCommand {
  kind: 'dispatch';
  entry: PipelineEntry;
  bindGroup: GPUBindGroup;
  workgroups: [number, number, number];
  storages: Memory[];
  work: Work | undefined;
}

export interface WriteCommand {
  kind: 'write';
  storage: Storage;
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
  storages: Storage[];
}

export interface ClearCommand {
  kind: 'clear';
  storage: Storage;
  bytes: number;
}

/** Device work in the order in which it takes effect. */
export type Command = DispatchCommand | WriteCommand | CopyCommand | ClearCommand;

export function storagesOf(command: Command): Memory[] {
  return command.kind === 'dispatch' || command.kind === 'copy' ? command.storages : [command.storage];
}

/** Encodes commands into as few compute passes and submits as their order allows; returns the number of submits. */
export function encodeAndSubmit(
  device: GPUDevice,
  commands: readonly Command[],
  profiler: PassProfiler | null,
): number {
  const encoder = new Encoder(device, profiler);
  for (const command of commands) encoder.add(command);
  encoder.submit();
  return encoder.submits;
}

/** Supplies timestamp slots while a profile is being taken. */
export interface PassProfiler {
  slot(command: DispatchCommand): GPUComputePassTimestampWrites;
  resolve(encoder: GPUCommandEncoder): void;
}

class Encoder {
  readonly #device: GPUDevice;
  readonly #profiler: PassProfiler | null;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  submits = 0;

  constructor(device: GPUDevice, profiler: PassProfiler | null) {
    this.#device = device;
    this.#profiler = profiler;
  }

  add(command: Command): void {
    switch (command.kind) {
      case 'dispatch':
        return this.#dispatch(command);
      case 'write':
        this.submit();
        this.#device.queue.writeBuffer(command.storage.gpuBuffer, command.offset, command.data);
        return;
      case 'copy':
        this.#outsidePass().copyBufferToBuffer(
          command.source,
          command.sourceOffset,
          command.target,
          command.targetOffset,
          command.bytes,
        );
        return;
      case 'clear':
        this.#outsidePass().clearBuffer(command.storage.gpuBuffer, 0, command.bytes);
    }
  }

  #dispatch(command: DispatchCommand): void {
    const pass = this.#openPass(command);
    const pipeline = command.entry.pipeline;
    if (!pipeline) throw new Error(`kernel ${command.entry.kernel.name} was encoded before it was compiled`);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, command.bindGroup);
    pass.dispatchWorkgroups(...command.workgroups);
    if (this.#profiler) this.#closePass();
  }

  #openPass(command: DispatchCommand): GPUComputePassEncoder {
    if (this.#pass) return this.#pass;
    this.#encoder ??= this.#device.createCommandEncoder();
    const descriptor: GPUComputePassDescriptor = this.#profiler
      ? { timestampWrites: this.#profiler.slot(command) }
      : {};
    this.#pass = this.#encoder.beginComputePass(descriptor);
    return this.#pass;
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = null;
  }

  #outsidePass(): GPUCommandEncoder {
    this.#closePass();
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  submit(): void {
    this.#closePass();
    if (!this.#encoder) return;
    this.#profiler?.resolve(this.#encoder);
    this.#device.queue.submit([this.#encoder.finish()]);
    this.#encoder = null;
    this.submits++;
  }
}

import type { StateDict } from '../src/nn/index.ts';

export interface Job {
  network: 'resnet18' | 'resnet50';
  /** Weights under PyTorch's names. */
  state: StateDict;
  batch: number;
  side: number;
  /** Rate of Adam, without weight decay. */
  learningRate: number;
}

/** A network ready to work on one batch after another. */
export interface Runner {
  /** Compiles what it can ahead of the first step. */
  compile(): Promise<void>;
  /** Training: one optimiser step, giving the loss. In use: the outputs. Resolves when the device is done. */
  step(pictures: Float32Array<ArrayBuffer>, targets: Float32Array<ArrayBuffer>): Promise<ArrayLike<number>>;
  release(): void;
}

export interface Engine {
  name: string;
  trainer(job: Job): Runner;
  predictor(job: Job): Runner;
  close(): void;
}

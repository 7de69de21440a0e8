/** ResNet-18 for one-channel pictures with two outputs, as something to measure: training steps and inference. */
import type { Gpu } from '../gpu/index.ts';
import { functional, keep, noGrad, optim, scope, zeros } from '../nn/index.ts';
import { createNetwork } from '../train/network.ts';
import { TrainStep } from '../train/step.ts';

export interface Repeatable {
  /** Queues it once more. */
  queue(): void;
  /** To be called now and then: every sixty-fourth time at least. */
  settle(): Promise<unknown>;
  release(): void;
}

/** A training step as `agelens train` does it: recorded by the first call, replayed by the others. */
export function trainingStep(gpu: Gpu, batch: number, side: number): Repeatable {
  const network = createNetwork(gpu, 'resnet18', 1).train();
  const optimizer = new optim.AdamW(network.namedParameters());
  const step = new TrainStep(gpu, network, optimizer, batch, side);
  const pictures = Float32Array.from({ length: batch * side * side }, (_, i) => Math.sin(i * 0.37));
  const targets = Float32Array.from({ length: batch }, (_, i) => (i + 0.5) / batch - 0.5);
  return {
    queue: () => step.run(pictures, targets, 1e-4),
    settle: () => step.losses(),
    release() {
      step.release();
      optimizer.dispose();
      network.dispose();
    },
  };
}

/** The outputs for a batch, recorded by this call. */
export function inference(gpu: Gpu, batch: number, side: number): Repeatable {
  const network = createNetwork(gpu, 'resnet18', 1).eval();
  const x = keep(zeros(gpu, [batch, 1, side, side]));
  const { recording, result } = gpu.record(() => keep(noGrad(() => scope(() => network.forward(x)))));
  return {
    queue: () => recording.replay(),
    settle: () => result.toArray(),
    release() {
      result.dispose();
      recording.release();
      x.dispose();
      network.dispose();
    },
  };
}

/** Work that asks for every way a tuning chooses: a training step and the outputs, queued anew each time. */
export function tunedWork(gpu: Gpu, batch: number, side: number): { queue(): void; release(): void } {
  const network = createNetwork(gpu, 'resnet18', 1);
  const x = keep(zeros(gpu, [batch, 1, side, side]));
  const target = keep(zeros(gpu, [batch]));
  return {
    queue() {
      scope(() => {
        functional.gaussianNll(network.train().forward(x), target).backward();
        for (const parameter of network.parameters()) parameter.zeroGrad();
        noGrad(() => network.eval().forward(x));
      });
    },
    release() {
      for (const each of [network, x, target]) each.dispose();
    },
  };
}

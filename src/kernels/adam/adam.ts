import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { turnsOf } from '../turns.ts';
import { asVec4 } from '../vec4.ts';
import source from './step.wgsl';

const kernel = defineKernel({ name: 'adam.step', source });

/** What one step does to one group of parameters; `step` counts from 1. */
export interface AdamScalars {
  lr: number;
  betas: readonly [number, number];
  eps: number;
  /** Added to the gradient, as a share of the parameter. */
  coupledDecay: number;
  /** Share of the rate by which parameters shrink. */
  decoupledDecay: number;
  /** Whether the objective is to grow. */
  maximize: boolean;
  step: number;
}

/** Numbers of a group, in the order of the kernel's struct. */
export function adamScalars(options: AdamScalars): number[] {
  const [beta1, beta2] = options.betas;
  return [
    1 - options.lr * options.decoupledDecay,
    options.coupledDecay,
    options.lr / (1 - beta1 ** options.step),
    Math.sqrt(1 - beta2 ** options.step),
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    options.eps,
    options.maximize ? -1 : 1,
  ];
}

export interface AdamStep {
  /** [n], updated in place like both averages */
  param: GpuBuffer;
  grad: GpuBuffer;
  average: GpuBuffer;
  averageSq: GpuBuffer;
  /** Factor of all gradients, their norm, whether the step is skipped, then `adamScalars` of each group. */
  scalars: GpuBuffer;
  group: number;
  n: number;
}

/** One update of one parameter tensor. */
export function adamStep(gpu: Gpu, { param, grad, average, averageSq, scalars, group, n }: AdamStep): void {
  const turns = turnsOf(gpu);
  gpu.dispatch(kernel.with({ TURNS: turns }), {
    buffers: {
      grad: asVec4(grad),
      scalars,
      param: asVec4(param),
      average: asVec4(average),
      average_sq: asVec4(averageSq),
    },
    sizes: { n, group },
    workgroups: linearWorkgroups(n, 256 * turns),
    work: { flops: 14 * n, bytes: 28 * n },
  });
}

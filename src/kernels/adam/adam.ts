import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
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
  dispatchElements(gpu, kernel, {
    tensors: { grad, param, average, average_sq: averageSq },
    others: { scalars },
    n,
    sizes: { group },
    flops: 14,
    bytes: 28,
  });
}

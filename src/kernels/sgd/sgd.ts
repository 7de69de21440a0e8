import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import momentumSource from './momentum.wgsl';
import stepSource from './step.wgsl';

const plain = defineKernel({ name: 'sgd.step', source: stepSource });
const withMomentum = defineKernel({ name: 'sgd.momentum', source: momentumSource });

/** What one step does to one group of parameters; `step` counts from 1. */
export interface SgdScalars {
  lr: number;
  momentum: number;
  dampening: number;
  /** Added to the gradient, as a share of the parameter. */
  weightDecay: number;
  /** Whether the objective is to grow. */
  maximize: boolean;
  step: number;
}

/** Numbers of a group, in the order of the kernels' struct. */
export function sgdScalars({ lr, momentum, dampening, weightDecay, maximize, step }: SgdScalars): number[] {
  return [lr, weightDecay, momentum, step === 1 ? 1 : 1 - dampening, maximize ? -1 : 1];
}

export interface SgdStep {
  /** [n], updated in place */
  param: GpuBuffer;
  grad: GpuBuffer;
  /** [n], updated in place; null without momentum */
  velocity: GpuBuffer | null;
  nesterov: boolean;
  /** Factor of all gradients, their norm, whether the step is skipped, then `sgdScalars` of each group. */
  scalars: GpuBuffer;
  group: number;
  n: number;
}

/** One update of one parameter tensor. */
export function sgdStep(gpu: Gpu, { param, grad, velocity, nesterov, scalars, group, n }: SgdStep): void {
  dispatchElements(gpu, velocity ? withMomentum : plain, {
    tensors: { grad, param, ...(velocity && { velocity }) },
    others: { scalars },
    n,
    sizes: { group },
    constants: velocity ? { NESTEROV: nesterov ? 1 : 0 } : {},
    flops: velocity ? 8 : 5,
    bytes: velocity ? 20 : 12,
  });
}

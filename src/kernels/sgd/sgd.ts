import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { turnsOf } from '../turns.ts';
import { asVec4 } from '../vec4.ts';
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
  const TURNS = turnsOf(gpu);
  const kernel = velocity ? withMomentum.with({ TURNS, NESTEROV: nesterov ? 1 : 0 }) : plain.with({ TURNS });
  gpu.dispatch(kernel, {
    buffers: {
      grad: asVec4(grad),
      scalars,
      param: asVec4(param),
      ...(velocity && { velocity: asVec4(velocity) }),
    },
    sizes: { n, group },
    workgroups: linearWorkgroups(n, 256 * TURNS),
    work: { flops: (velocity ? 8 : 5) * n, bytes: (velocity ? 20 : 12) * n },
  });
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import source from './step.wgsl';

const kernel = defineKernel({ name: 'adamw.step', source });

export interface AdamWStep {
  /** [n], updated in place like both averages */
  param: GpuBuffer;
  grad: GpuBuffer;
  average: GpuBuffer;
  averageSq: GpuBuffer;
  /** [4]: 1 − rate · weight decay; rate / (1 − beta1ᵗ); √(1 − beta2ᵗ); factor on the gradient */
  scalars: GpuBuffer;
  n: number;
  betas: readonly [number, number];
  eps: number;
}

/** One AdamW update of one parameter tensor. */
export function adamwStep(gpu: Gpu, { param, grad, average, averageSq, scalars, n, betas, eps }: AdamWStep): void {
  const [beta1, beta2] = betas;
  gpu.dispatch(kernel, {
    buffers: {
      grad: asVec4(grad),
      scalars,
      param: asVec4(param),
      average: asVec4(average),
      average_sq: asVec4(averageSq),
    },
    sizes: { n, beta1, one_minus_beta1: 1 - beta1, beta2, one_minus_beta2: 1 - beta2, eps },
    workgroups: linearWorkgroups(n, 256),
    work: { flops: 12 * n, bytes: 28 * n },
  });
}

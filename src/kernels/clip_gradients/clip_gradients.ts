import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import limitSource from './limit.wgsl';
import normSource from './norm.wgsl';
import scaleSource from './scale.wgsl';
import squaresSource from './squares.wgsl';

const squares = defineKernel({ name: 'clip_gradients.squares', source: squaresSource });
const norm = defineKernel({ name: 'clip_gradients.norm', source: normSource });
const scale = defineKernel({ name: 'clip_gradients.scale', source: scaleSource });
const limit = defineKernel({ name: 'clip_gradients.limit', source: limitSource });

/** Elements whose squares one invocation adds. */
const PART = 256;

export interface Gradient {
  grad: GpuBuffer;
  n: number;
}

/**
 * result[0] = min(1, largest / norm) and result[1] = norm, that of all gradients as one vector. The order of the sum
 * follows from the gradients' sizes and order.
 */
export function clipFactor(gpu: Gpu, gradients: readonly Gradient[], largest: number, result: GpuBuffer): void {
  const counts = gradients.map(({ n }) => Math.ceil(n / PART));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const parts = gpu.alloc(total * 4, 'squares of gradients');
  let first = 0;
  gradients.forEach(({ grad, n }, i) => {
    gpu.dispatch(squares, {
      buffers: { grad: asVec4(grad), parts },
      sizes: { n, first },
      workgroups: linearWorkgroups(n, 64 * PART),
      work: { flops: 2 * n, bytes: 4 * n },
    });
    first += counts[i] as number;
  });
  gpu.dispatch(norm, { buffers: { parts, result }, sizes: { n: total, largest }, workgroups: [1] });
  parts.release();
}

/** grad[n] *= factor[0]. */
export function scaleGradient(gpu: Gpu, { grad, n }: Gradient, factor: GpuBuffer): void {
  gpu.dispatch(scale, {
    buffers: { factor, grad: asVec4(grad) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
}

/** Elements of grad[n] beyond ±largest become ±largest. */
export function limitGradient(gpu: Gpu, { grad, n }: Gradient, largest: number): void {
  gpu.dispatch(limit, {
    buffers: { grad: asVec4(grad) },
    sizes: { n, largest },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
}

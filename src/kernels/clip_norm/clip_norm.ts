import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import factorSource from './factor.wgsl';
import squaresSource from './squares.wgsl';

const squares = defineKernel({ name: 'clip_norm.squares', source: squaresSource });
const factor = defineKernel({ name: 'clip_norm.factor', source: factorSource });

/** Elements whose squares one invocation adds. */
const PART = 256;

export interface Gradient {
  grad: GpuBuffer;
  n: number;
}

/**
 * scalars[3] = min(1, largest / norm) where norm is that of all gradients as one vector. The order of the sum follows from
 * the gradients' sizes and order.
 */
export function clipFactor(gpu: Gpu, gradients: readonly Gradient[], largest: number, scalars: GpuBuffer): void {
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
  gpu.dispatch(factor, { buffers: { parts, scalars }, sizes: { n: total, largest }, workgroups: [1] });
  parts.release();
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { dispatchElements, inParts } from '../elements.ts';
import limitSource from './limit.wgsl';
import normSource from './norm.wgsl';
import scaleSource from './scale.wgsl';
import squaresSource from './squares.wgsl';

const squares = defineKernel({ name: 'clip_gradients.squares', source: squaresSource });
const norm = defineKernel({ name: 'clip_gradients.norm', source: normSource });
const scale = defineKernel({ name: 'clip_gradients.scale', source: scaleSource });
const limit = defineKernel({ name: 'clip_gradients.limit', source: limitSource });

/** Elements whose squares a workgroup adds, and the sums that it makes of them. */
const RUN = 16384;
const SUMS = 64;

export interface Gradient {
  grad: GpuBuffer;
  n: number;
}

/**
 * result[0] = min(1, largest / norm) and result[1] = norm, that of all gradients as one vector. The order of the sum
 * follows from the gradients' sizes and order.
 */
export function clipFactor(gpu: Gpu, gradients: readonly Gradient[], largest: number, result: GpuBuffer): void {
  const counts = gradients.map(({ n }) => SUMS * Math.ceil(n / RUN));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const parts = gpu.alloc(total * 4, 'squares of gradients');
  let first = 0;
  gradients.forEach(({ grad, n }, i) => {
    inParts(gpu, { grad }, n, RUN, (views, start, count) => {
      gpu.dispatch(squares, {
        buffers: { ...views, parts },
        sizes: { n: count, first: first + (start / RUN) * SUMS },
        workgroups: linearWorkgroups(count, RUN),
        work: { flops: 2 * count, bytes: 4 * count },
      });
    });
    first += counts[i] as number;
  });
  gpu.dispatch(norm, { buffers: { parts, result }, sizes: { n: total, largest }, workgroups: [1] });
  parts.release();
}

/** grad[n] *= factor[0]. */
export function scaleGradient(gpu: Gpu, { grad, n }: Gradient, factor: GpuBuffer): void {
  dispatchElements(gpu, scale, { tensors: { grad }, others: { factor }, n, bytes: 8 });
}

/** Elements of grad[n] beyond ±largest become ±largest. */
export function limitGradient(gpu: Gpu, { grad, n }: Gradient, largest: number): void {
  dispatchElements(gpu, limit, { tensors: { grad }, n, sizes: { largest }, bytes: 8 });
}

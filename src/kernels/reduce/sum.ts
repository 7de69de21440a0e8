import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import source from './sum.wgsl';

const kernel = defineKernel({ name: 'reduce.sum', source });

/** Terms that one invocation adds. */
const SEGMENT = 64;

export interface ReduceSum {
  /** [outer, n, inner] */
  x: GpuBuffer;
  /** [outer, inner] */
  y: GpuBuffer;
  outer: number;
  n: number;
  inner: number;
  /** Factor put on each sum, e.g. 1/n for a mean. */
  scale?: number;
}

/** y[outer, inner] = scale · Σ over the middle axis of x[outer, n, inner]; a tree whose form depends on n alone. */
export function reduceSum(gpu: Gpu, { x, y, outer, n, inner, scale = 1 }: ReduceSum): void {
  let input = x.retain();
  let left = n;
  do {
    const segments = Math.max(1, Math.ceil(left / SEGMENT));
    const outputs = outer * segments * inner;
    const output = segments === 1 ? y.retain() : gpu.alloc(4 * outputs, 'partial sums');
    gpu.dispatch(kernel, {
      buffers: { x: input, y: output },
      sizes: { outputs, n: left, segments, inner, scale: segments === 1 ? scale : 1 },
      workgroups: linearWorkgroups(outputs, 64),
      work: { flops: outer * left * inner, bytes: 4 * (outer * left * inner + outputs) },
    });
    input.release();
    input = output;
    left = segments;
  } while (left > 1);
  input.release();
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import prelude from '../philox.wgsl';
import { inRows, workOn } from '../slices.ts';
import source from './noise.wgsl';

const kernel = defineKernel({ name: 'noise.noise', source, prelude });

export interface NoiseOperands {
  /** n keys of two 32-bit words. */
  keys: GpuBuffer;
  /** n pictures of `size` numbers. */
  y: GpuBuffer;
  n: number;
  size: number;
  deviation: number;
}

/** Adds normal noise to y: what a picture gets belongs to its key alone. */
export function addNoise(gpu: Gpu, { keys, y, n, size, deviation }: NoiseOperands): void {
  for (const { count, buffers } of inRows(gpu, n, { keys: { buffer: keys, row: 2 }, y: { buffer: y, row: size } })) {
    gpu.dispatch(kernel, {
      buffers,
      sizes: { n: count, size, deviation },
      workgroups: linearWorkgroups(count * Math.ceil(size / 4), 64),
      work: { flops: 90 * count * Math.ceil(size / 4), ...workOn(buffers) },
    });
  }
}

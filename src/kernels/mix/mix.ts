import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import source from './mix.wgsl';

const kernel = defineKernel({ name: 'mix.mix', source });

export interface MixOperands {
  /** n pictures of `size` numbers. */
  x: GpuBuffer;
  /** [n]: what remains of each picture, 0 … 1; the rest comes from the one after it. */
  shares: GpuBuffer;
  /** Overwritten. */
  y: GpuBuffer;
  n: number;
  size: number;
}

/** y: each picture mixed with the one after it, the last one with the first. A batch that one binding holds. */
export function mix(gpu: Gpu, { x, shares, y, n, size }: MixOperands): void {
  gpu.dispatch(kernel, {
    buffers: { x, shares, y },
    sizes: { n, size },
    workgroups: linearWorkgroups(n * size, 64),
    work: { flops: 3 * n * size, bytes: 12 * n * size },
  });
}

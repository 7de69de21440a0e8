import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import spreadSource from './spread.wgsl';
import sumsSource from './sums.wgsl';

const sums = defineKernel({ name: 'scan.sums', source: sumsSource });
const spread = defineKernel({ name: 'scan.spread', source: spreadSource });

/** Numbers that one invocation adds, as in the kernels. */
const RUN = 64;

/** x[i] ← x[0] + … + x[i − 1] for n numbers (u32), in place. */
export function exclusiveScan(gpu: Gpu, { x, n }: { x: GpuBuffer; n: number }): void {
  const runs = Math.ceil(n / RUN);
  const workgroups = linearWorkgroups(runs, 64);
  const before = gpu.alloc(4 * Math.max(1, runs), 'scan');
  if (runs > 1) {
    gpu.dispatch(sums, { buffers: { x, sums: before }, sizes: { n }, workgroups });
    exclusiveScan(gpu, { x: before, n: runs });
  } else {
    gpu.clear(before);
  }
  gpu.dispatch(spread, { buffers: { before, x }, sizes: { n }, workgroups });
  before.release();
}

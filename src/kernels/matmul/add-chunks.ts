import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import type { Operand } from '../slices.ts';
import source from './add-chunks.wgsl';

const kernel = defineKernel({ name: 'product.addChunks', source });

/** total[n] = Σ partial[chunks, n] over the chunks ascending, added to what `total` holds with `accumulate`. */
export function addChunks(
  gpu: Gpu,
  {
    partial,
    total,
    n,
    chunks,
    accumulate,
  }: { partial: GpuBuffer; total: Operand; n: number; chunks: number; accumulate: boolean },
): void {
  gpu.dispatch(kernel.with({ ACCUMULATE: accumulate ? 1 : 0 }), {
    buffers: { partial, total },
    sizes: { n, chunks },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 4 * (chunks + 1 + (accumulate ? 1 : 0)) * n },
  });
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { reduceRange } from '../reduce/range.ts';
import source from './forward.wgsl';

const kernel = defineKernel({ name: 'scale_to_unit.forward', source });

/** y[rows, row]: each row of x scaled so that it fills [0, 1]; rows of one value become 0. */
export function scaleToUnit(
  gpu: Gpu,
  { x, y, rows, row }: { x: GpuBuffer; y: GpuBuffer; rows: number; row: number },
): void {
  const n = rows * row;
  if (n === 0) return;
  const range = gpu.alloc(8 * rows, 'ranges');
  reduceRange(gpu, { x, range, rows, n: row });
  gpu.dispatch(kernel, {
    buffers: { x, range, y },
    sizes: { n, row },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
  range.release();
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import source from './range.wgsl';

const kernel = defineKernel({ name: 'reduce.range', source });

/** Elements that one invocation compares. */
const SEGMENT = 64;

/** range[rows, 2] = (least, greatest) of each row of x[rows, n]; n is at least 1. */
export function reduceRange(
  gpu: Gpu,
  { x, range, rows, n }: { x: GpuBuffer; range: GpuBuffer; rows: number; n: number },
): void {
  let input = x.retain();
  let left = n;
  let pairs = 0;
  do {
    const segments = Math.ceil(left / SEGMENT);
    const outputs = rows * segments;
    const output = segments === 1 ? range.retain() : gpu.alloc(8 * outputs, 'partial ranges');
    gpu.dispatch(kernel.with({ PAIRS: pairs }), {
      buffers: { x: input, range: output },
      sizes: { outputs, n: left, segments },
      workgroups: linearWorkgroups(outputs, 64),
      work: { bytes: 4 * rows * left },
    });
    input.release();
    input = output;
    left = segments;
    pairs = 1;
  } while (left > 1);
  input.release();
}

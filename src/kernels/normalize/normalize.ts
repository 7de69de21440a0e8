import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import extremesSource from './extremes.wgsl';
import normalizeSource from './normalize.wgsl';

const extremesKernel = defineKernel({ name: 'normalize.extremes', source: extremesSource });
const normalizeKernel = defineKernel({ name: 'normalize.normalize', source: normalizeSource });

/** Values that one invocation of extremes.wgsl takes. */
const RUN = 64;

/** Least and greatest of n > 0 values, as two float32; the caller releases them. */
export function extremes(gpu: Gpu, { x, n }: { x: GpuBuffer; n: number }): GpuBuffer {
  let current = x.retain();
  let left = n;
  for (let FIRST = 1; FIRST === 1 || left > 1; FIRST = 0) {
    const runs = Math.ceil(left / RUN);
    const y = gpu.alloc(8 * runs, 'extremes');
    gpu.dispatch(extremesKernel.with({ FIRST }), {
      buffers: { x: current, y },
      sizes: { n: left },
      workgroups: linearWorkgroups(runs, 64),
    });
    current.release();
    [current, left] = [y, runs];
  }
  return current;
}

/** y = x clipped to [max(least, min x), max x] and scaled to [0, 1]; 0 where that range is empty. float32, n > 0. */
export function normalize(
  gpu: Gpu,
  { x, y, n, least }: { x: GpuBuffer; y: GpuBuffer; n: number; least: number },
): void {
  const range = extremes(gpu, { x, n });
  gpu.dispatch(normalizeKernel, {
    buffers: { x, extremes: range, y },
    sizes: { n, least },
    workgroups: linearWorkgroups(n, 64),
  });
  range.release();
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import exchangeSource from './exchange.wgsl';
import updateSource from './update.wgsl';

const update = defineKernel({ name: 'moving_average.update', source: updateSource });
const exchange = defineKernel({ name: 'moving_average.exchange', source: exchangeSource });

/** average[n] += (1 − decay) · (value[n] − average[n]). */
export function movingAverage(
  gpu: Gpu,
  { value, average, n, decay }: { value: GpuBuffer; average: GpuBuffer; n: number; decay: number },
): void {
  gpu.dispatch(update, {
    buffers: { value: asVec4(value), average: asVec4(average) },
    sizes: { n, one_minus_decay: 1 - decay },
    workgroups: linearWorkgroups(n, 256),
    work: { flops: 3 * n, bytes: 12 * n },
  });
}

/** a[n], b[n] = b[n], a[n]. */
export function exchangeValues(gpu: Gpu, { a, b, n }: { a: GpuBuffer; b: GpuBuffer; n: number }): void {
  gpu.dispatch(exchange, {
    buffers: { a: asVec4(a), b: asVec4(b) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 16 * n },
  });
}

import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import exchangeSource from './exchange.wgsl';
import updateSource from './update.wgsl';

const update = defineKernel({ name: 'moving_average.update', source: updateSource });
const exchange = defineKernel({ name: 'moving_average.exchange', source: exchangeSource });

/** average[n] += (1 − decay) · (value[n] − average[n]). */
export function movingAverage(
  gpu: Gpu,
  { value, average, n, decay }: { value: GpuBuffer; average: GpuBuffer; n: number; decay: number },
): void {
  dispatchElements(gpu, update, {
    tensors: { value, average },
    n,
    sizes: { one_minus_decay: 1 - decay },
    flops: 3,
    bytes: 12,
  });
}

/** a[n], b[n] = b[n], a[n]. */
export function exchangeValues(gpu: Gpu, { a, b, n }: { a: GpuBuffer; b: GpuBuffer; n: number }): void {
  dispatchElements(gpu, exchange, { tensors: { a, b }, n, bytes: 16 });
}

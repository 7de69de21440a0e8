import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import accumulateSource from './accumulate.wgsl';
import fillSource from './fill.wgsl';

const fillKernel = defineKernel({ name: 'elementwise.fill', source: fillSource });
const accumulateKernel = defineKernel({ name: 'elementwise.accumulate', source: accumulateSource });

/** y[n] = value. */
export function fill(gpu: Gpu, { y, n, value }: { y: GpuBuffer; n: number; value: number }): void {
  dispatchElements(gpu, fillKernel, { tensors: { y }, n, sizes: { value } });
}

/** y[n] += x[n]. The two are different buffers. */
export function accumulate(gpu: Gpu, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  dispatchElements(gpu, accumulateKernel, { tensors: { x, y }, n, bytes: 12 });
}

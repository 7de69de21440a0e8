import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import source from './cast.wgsl';

const kernel = defineKernel({ name: 'cast', source });

/** y[n] = x[n] in the type of number that y holds. */
export function cast(gpu: Gpu, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  dispatchElements(gpu, kernel, { tensors: { x, y }, n });
}

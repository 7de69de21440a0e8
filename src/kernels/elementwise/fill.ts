import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import accumulateSource from './accumulate.wgsl';
import fillSource from './fill.wgsl';

const fillKernel = defineKernel({ name: 'elementwise.fill', source: fillSource });
const accumulateKernel = defineKernel({ name: 'elementwise.accumulate', source: accumulateSource });

/** y[n] = value. */
export function fill(gpu: Gpu, { y, n, value }: { y: GpuBuffer; n: number; value: number }): void {
  gpu.dispatch(fillKernel, {
    buffers: { y: asVec4(y) },
    sizes: { n, value },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 4 * n },
  });
}

/** y[n] += x[n]. The two are different buffers. */
export function accumulate(gpu: Gpu, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  gpu.dispatch(accumulateKernel, {
    buffers: { x: asVec4(x), y: asVec4(y) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 12 * n },
  });
}

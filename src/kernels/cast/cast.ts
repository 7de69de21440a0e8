import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import source from './cast.wgsl';

const kernel = defineKernel({ name: 'cast', source });

/** y[n] = x[n] in the type of number that y holds. */
export function cast(gpu: Gpu, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  gpu.dispatch(kernel, {
    buffers: { x: asVec4(x), y: asVec4(y) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: (SCALAR_BYTES[x.scalar] + SCALAR_BYTES[y.scalar]) * n },
  });
}

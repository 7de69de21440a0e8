import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'relu.forward', source: forwardSource });
const backward = defineKernel({ name: 'relu.backward', source: backwardSource });

/** y[n] = max(x[n], 0). */
export function reluForward(gpu: Gpu, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  gpu.dispatch(forward, {
    buffers: { x: asVec4(x), y: asVec4(y) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
}

/** gx[n] = gy[n] where y[n] > 0, else 0. */
export function reluBackward(
  gpu: Gpu,
  { y, gy, gx, n }: { y: GpuBuffer; gy: GpuBuffer; gx: GpuBuffer; n: number },
): void {
  gpu.dispatch(backward, {
    buffers: { y: asVec4(y), gy: asVec4(gy), gx: asVec4(gx) },
    sizes: { n },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 12 * n },
  });
}

import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'relu.forward', source: forwardSource });
const backward = defineKernel({ name: 'relu.backward', source: backwardSource });

/** y[n] = max(x[n], 0). */
export function reluForward(gpu: Gpu, { x, y, n }: { x: GpuBuffer; y: GpuBuffer; n: number }): void {
  dispatchElements(gpu, forward, { tensors: { x, y }, n });
}

/** gx[n] = gy[n] where y[n] > 0, else 0. */
export function reluBackward(
  gpu: Gpu,
  { y, gy, gx, n }: { y: GpuBuffer; gy: GpuBuffer; gx: GpuBuffer; n: number },
): void {
  dispatchElements(gpu, backward, { tensors: { y, gy, gx }, n });
}

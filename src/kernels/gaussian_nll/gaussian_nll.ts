import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';
import headBackwardSource from './head_backward.wgsl';
import headForwardSource from './head_forward.wgsl';

const headForward = defineKernel({ name: 'gaussian_nll.head_forward', source: headForwardSource });
const headBackward = defineKernel({ name: 'gaussian_nll.head_backward', source: headBackwardSource });
const forward = defineKernel({ name: 'gaussian_nll.forward', source: forwardSource });
const backward = defineKernel({ name: 'gaussian_nll.backward', source: backwardSource });

/** loss[n] of outputs (μ, log σ²) [n, 2] and targets [n]. */
export function gaussianNllHeadForward(
  gpu: Gpu,
  { output, target, loss, n }: { output: GpuBuffer; target: GpuBuffer; loss: GpuBuffer; n: number },
): void {
  gpu.dispatch(headForward, {
    buffers: { output, target_value: target, loss },
    sizes: { n },
    workgroups: linearWorkgroups(n, 64),
  });
}

/** goutput[n, 2] from gy[n]. */
export function gaussianNllHeadBackward(
  gpu: Gpu,
  {
    output,
    target,
    gy,
    goutput,
    n,
  }: { output: GpuBuffer; target: GpuBuffer; gy: GpuBuffer; goutput: GpuBuffer; n: number },
): void {
  const buffers = { output, target_value: target, gy, goutput };
  gpu.dispatch(headBackward, { buffers, sizes: { n }, workgroups: linearWorkgroups(n, 64) });
}

export interface GaussianNll {
  input: GpuBuffer;
  target: GpuBuffer;
  variance: GpuBuffer;
  n: number;
  /** Least variance. */
  eps: number;
}

/** loss[n] = ½ (log v + (input − target)² / v) + constant. */
export function gaussianNllForward(
  gpu: Gpu,
  { input, target, variance, n, eps, loss, constant }: GaussianNll & { loss: GpuBuffer; constant: number },
): void {
  const tensors = { input, target_value: target, variance, loss };
  dispatchElements(gpu, forward, { tensors, n, sizes: { eps, constant }, flops: 7 });
}

/** ginput, gtarget and gvariance, all [n], from gy[n]. */
export function gaussianNllBackward(
  gpu: Gpu,
  options: GaussianNll & { gy: GpuBuffer; ginput: GpuBuffer; gtarget: GpuBuffer; gvariance: GpuBuffer },
): void {
  const { input, target, variance, n, eps, gy, ginput, gtarget, gvariance } = options;
  const tensors = { input, target_value: target, variance, gy, ginput, gtarget, gvariance };
  dispatchElements(gpu, backward, { tensors, n, sizes: { eps }, flops: 10 });
}

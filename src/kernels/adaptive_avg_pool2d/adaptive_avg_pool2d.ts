import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { poolPlanes } from '../pooling.ts';
import { inRows, workOn } from '../slices.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'adaptive_avg_pool2d.forward', source: forwardSource });
const backward = defineKernel({ name: 'adaptive_avg_pool2d.backward', source: backwardSource });

/** x [planes, height, width] → y [planes, outHeight, outWidth]. */
export interface AdaptivePool2dShape {
  planes: number;
  height: number;
  width: number;
  outHeight: number;
  outWidth: number;
}

const sizes = ({ height, width, outHeight, outWidth }: AdaptivePool2dShape) => ({
  height,
  width,
  out_height: outHeight,
  out_width: outWidth,
});

/** y: means over regions that divide the picture as evenly as whole pixels allow. */
export function adaptiveAvgPool2dForward(
  gpu: Gpu,
  { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: AdaptivePool2dShape },
): void {
  const { inputs, outputs } = poolPlanes(shape);
  const tensors = { x: { buffer: x, row: inputs }, y: { buffer: y, row: outputs } };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(forward, {
      buffers,
      sizes: { n: count * outputs, ...sizes(shape) },
      workgroups: linearWorkgroups(count * outputs, 64),
      work: workOn(buffers),
    });
  }
}

/** gx: each output's gradient spread over its region. */
export function adaptiveAvgPool2dBackward(
  gpu: Gpu,
  { gy, gx, shape }: { gy: GpuBuffer; gx: GpuBuffer; shape: AdaptivePool2dShape },
): void {
  const { inputs, outputs } = poolPlanes(shape);
  const tensors = { gy: { buffer: gy, row: outputs }, gx: { buffer: gx, row: inputs } };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(backward, {
      buffers,
      sizes: { n: count * inputs, ...sizes(shape) },
      workgroups: linearWorkgroups(count * inputs, 64),
      work: workOn(buffers),
    });
  }
}

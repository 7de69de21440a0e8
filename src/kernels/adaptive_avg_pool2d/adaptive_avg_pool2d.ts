import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
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
  const n = shape.planes * shape.outHeight * shape.outWidth;
  gpu.dispatch(forward, {
    buffers: { x, y },
    sizes: { n, ...sizes(shape) },
    workgroups: linearWorkgroups(n, 64),
    work: { bytes: 4 * (n + shape.planes * shape.height * shape.width) },
  });
}

/** gx: each output's gradient spread over its region. */
export function adaptiveAvgPool2dBackward(
  gpu: Gpu,
  { gy, gx, shape }: { gy: GpuBuffer; gx: GpuBuffer; shape: AdaptivePool2dShape },
): void {
  const n = shape.planes * shape.height * shape.width;
  gpu.dispatch(backward, {
    buffers: { gy, gx },
    sizes: { n, ...sizes(shape) },
    workgroups: linearWorkgroups(n, 64),
    work: { bytes: 4 * (n + shape.planes * shape.outHeight * shape.outWidth) },
  });
}

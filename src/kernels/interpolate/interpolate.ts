import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'interpolate.forward', source: forwardSource });
const backward = defineKernel({ name: 'interpolate.backward', source: backwardSource });

/** x [planes, height, width] → y [planes, outHeight, outWidth]. */
export interface InterpolateShape {
  planes: number;
  height: number;
  width: number;
  outHeight: number;
  outWidth: number;
  mode: 'nearest' | 'bilinear';
  alignCorners: boolean;
}

function settings({ height, width, outHeight, outWidth, mode, alignCorners }: InterpolateShape) {
  return {
    sizes: { height, width, out_height: outHeight, out_width: outWidth },
    constants: { BILINEAR: mode === 'bilinear' ? 1 : 0, ALIGN_CORNERS: alignCorners ? 1 : 0 },
  };
}

/** y: the picture in another size. */
export function interpolateForward(
  gpu: Gpu,
  { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: InterpolateShape },
): void {
  const n = shape.planes * shape.outHeight * shape.outWidth;
  const { sizes, constants } = settings(shape);
  gpu.dispatch(forward.with(constants), {
    buffers: { x, y },
    sizes: { n, ...sizes },
    workgroups: linearWorkgroups(n, 64),
    work: { bytes: 4 * (n + shape.planes * shape.height * shape.width) },
  });
}

/** gx: each output's gradient given to the pixels it was made of. */
export function interpolateBackward(
  gpu: Gpu,
  { gy, gx, shape }: { gy: GpuBuffer; gx: GpuBuffer; shape: InterpolateShape },
): void {
  const n = shape.planes * shape.height * shape.width;
  const { sizes, constants } = settings(shape);
  gpu.dispatch(backward.with(constants), {
    buffers: { gy, gx },
    sizes: { n, ...sizes },
    workgroups: linearWorkgroups(n, 64),
    work: { bytes: 4 * (n + shape.planes * shape.outHeight * shape.outWidth) },
  });
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import areaSource from './area.wgsl';

const area = defineKernel({ name: 'resize.area', source: areaSource });

export interface ResizeOperands {
  /** float32 [planes, height, width]. */
  x: GpuBuffer;
  /** float32 [planes, outHeight, outWidth]. */
  y: GpuBuffer;
  planes: number;
  height: number;
  width: number;
  outHeight: number;
  outWidth: number;
}

/** y = x averaged over the area that each output pixel covers: torch's adaptive average where sizes divide, exact parts elsewhere. */
export function resizeArea(gpu: Gpu, { x, y, planes, height, width, outHeight, outWidth }: ResizeOperands): void {
  gpu.dispatch(area, {
    buffers: { x, y },
    sizes: { planes, height, width, out_height: outHeight, out_width: outWidth },
    workgroups: linearWorkgroups(planes * outHeight * outWidth, 64),
  });
}

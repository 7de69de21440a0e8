import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { inRows, workOn } from '../slices.ts';
import source from './warp.wgsl';

const kernel = defineKernel({ name: 'warp.warp', source });

/** Numbers of one picture's map on the device. */
export const WARP_NUMBERS = 16;

/** What becomes of one picture. */
export interface Warp {
  /** Where output pixel (r, c) is read: row = matrix[0] · (r, c, 1), column = matrix[1] · (r, c, 1). */
  matrix: readonly [readonly [number, number, number], readonly [number, number, number]];
  gain: number;
  offset: number;
  /** Output pixels that become 0: first row, first column, rows, columns. */
  rectangle: readonly [number, number, number, number];
  /** Distance in pixels along both axes of the four readings that a value is the mean of. */
  blur: number;
}

/** A map as the kernel reads it. */
export function warpNumbers({ matrix: [row, column], gain, offset, rectangle, blur }: Warp): number[] {
  return [...row, gain, ...column, offset, ...rectangle, blur, 0, 0, 0];
}

export interface WarpOperands {
  /** n pictures of height × width. */
  x: GpuBuffer;
  /** float32 [n, 16], made by `warpNumbers`. */
  maps: GpuBuffer;
  y: GpuBuffer;
  n: number;
  height: number;
  width: number;
  /** Whether any of the maps blurs: four readings a pixel instead of one. */
  blurs: boolean;
}

/** y[i] = x[i] through map i: bilinear, the border repeated. No picture depends on the others. */
export function warp(gpu: Gpu, { x, maps, y, n, height, width, blurs }: WarpOperands): void {
  const row = height * width;
  const tensors = { x: { buffer: x, row }, maps: { buffer: maps, row: WARP_NUMBERS }, y: { buffer: y, row } };
  for (const { count, buffers } of inRows(gpu, n, tensors)) {
    gpu.dispatch(kernel.with({ BLUR: blurs ? 1 : 0 }), {
      buffers,
      sizes: { n: count, height, width },
      workgroups: linearWorkgroups(count * height, 1),
      work: { flops: (blurs ? 50 : 14) * count * row, ...workOn(buffers) },
    });
  }
}

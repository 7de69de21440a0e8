import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { inRows, workOn } from '../slices.ts';
import source from './patch.wgsl';

const kernel = defineKernel({ name: 'patch.patch', source });

/** Numbers of one picture's patch on the device. */
export const PATCH_NUMBERS = 8;

/** What becomes of one picture. Rows and columns in whole pixels. */
export interface Patch {
  /** Where the patch, of half the picture's side, is cut out. */
  from: readonly [row: number, column: number];
  /** Side of the patch after it was enlarged. */
  enlarged: number;
  /** Where it is pasted. */
  to: readonly [row: number, column: number];
  /** By how many degrees the result is turned, as scipy.ndimage.rotate does. */
  angle: number;
}

/** A patch as the kernel reads it. */
export function patchNumbers({ from, enlarged, to, angle }: Patch): number[] {
  const radians = (angle * Math.PI) / 180;
  return [...from, enlarged, 0, ...to, Math.cos(radians), Math.sin(radians)];
}

export interface PatchOperands {
  /** n pictures of side × side. */
  x: GpuBuffer;
  /** float32 [n, 8], made by `patchNumbers`. */
  patches: GpuBuffer;
  y: GpuBuffer;
  n: number;
  /** Even. */
  side: number;
}

/** y[i] = patch i of x[i], enlarged (nearest), pasted into an empty picture and turned (bilinear). */
export function pastePatches(gpu: Gpu, { x, patches, y, n, side }: PatchOperands): void {
  const row = side * side;
  const tensors = { x: { buffer: x, row }, patches: { buffer: patches, row: PATCH_NUMBERS }, y: { buffer: y, row } };
  for (const { count, buffers } of inRows(gpu, n, tensors)) {
    gpu.dispatch(kernel, {
      buffers,
      sizes: { n: count, side },
      workgroups: linearWorkgroups(count * side, 1),
      work: { flops: 14 * count * row, ...workOn(buffers) },
    });
  }
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { dispatchWords } from '../bits/bits.ts';
import { type Shape3, threeAxes, voxelCount } from '../shape.ts';
import nearSource from './near.wgsl';
import source from './sobel.wgsl';

const kernel = defineKernel({ name: 'sobel.sobel', source });
const near = defineKernel({ name: 'sobel.near', source: nearSource });

/** As in sobel.wgsl. */
const RUN = 16;
/** The kernel's sums leave out a factor 1/4 for each of the two smoothings of a gradient. */
const SMOOTHING = 1 / 16;

/** y = gradient magnitude of x (float32, two or three axes): skimage.filters.sobel. Throws UserError for other shapes. */
export function sobel(gpu: Gpu, { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: readonly number[] }): void {
  if (shape.length === 1) throw new UserError(`sobel: shape [${shape}] has one axis; two or three are supported`);
  const [d0, d1, d2] = threeAxes('sobel', shape);
  if (voxelCount(shape) === 0) return;
  const invocations = Math.ceil(d0 / 2) * Math.ceil(d1 / RUN) * Math.ceil(d2 / 2);
  gpu.dispatch(kernel, {
    buffers: { x, y },
    sizes: { d0, d1, d2, scale: SMOOTHING / Math.sqrt(shape.length) },
    workgroups: linearWorkgroups(invocations, 64),
    work: { bytes: 8 * voxelCount(shape) },
  });
}

/** y = gradient magnitude of x at the voxels of a mask (bits) and those beside them; the rest of y is left as it is. */
export function sobelNear(
  gpu: Gpu,
  { x, bits, y, shape }: { x: GpuBuffer; bits: GpuBuffer; y: GpuBuffer; shape: Shape3 },
): void {
  const [d0, d1, d2] = shape;
  const sizes = { d0, d1, d2, scale: SMOOTHING / Math.sqrt(3) };
  dispatchWords(gpu, near, shape, { buffers: { x, bits, y }, sizes });
}

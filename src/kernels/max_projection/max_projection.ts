import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { type Shape3, threeAxes, voxelCount } from '../shape.ts';
import maskedSource from './masked.wgsl';
import source from './max_projection.wgsl';

const plain = defineKernel({ name: 'max_projection.max_projection', source });
const masked = defineKernel({ name: 'max_projection.masked', source: maskedSource });

export interface ProjectionOperands {
  /** float32, one to three axes. */
  x: GpuBuffer;
  /** float32: `shape` without the axis. */
  y: GpuBuffer;
  shape: readonly number[];
  axis: number;
  /** Slices start ≤ k < stop; all where they are not given. */
  start?: number;
  stop?: number;
}

/** y = maximum of x over the slices of an axis: numpy's x.take(range(start, stop), axis).max(axis). Throws UserError where there is no such slice. */
export function maxProjection(
  gpu: Gpu,
  { x, y, shape, axis, start = 0, stop = shape[axis] ?? 0 }: ProjectionOperands,
): void {
  threeAxes('max_projection', shape);
  const length = shape[axis];
  if (length === undefined || !(start >= 0 && start < stop && stop <= length)) {
    throw new UserError(
      `max_projection: slices ${start} to ${stop} of axis ${axis} do not exist in a volume of shape [${shape}]`,
    );
  }
  const [outer, inner] = [voxelCount(shape.slice(0, axis)), voxelCount(shape.slice(axis + 1))];
  gpu.dispatch(plain, {
    buffers: { x, y },
    sizes: { outer, length, inner, start, stop },
    workgroups: linearWorkgroups(outer * inner, 64),
  });
}

export interface MaskedProjectionOperands {
  /** float32 volume. */
  x: GpuBuffer;
  /** Mask as bits. */
  bits: GpuBuffer;
  /** float32 picture of d2 columns; its rows from `firstRow` on are written. */
  y: GpuBuffer;
  firstRow: number;
  shape: Shape3;
  axis: 0 | 1;
  start: number;
  stop: number;
  /** Voxels outside the mask or below this count as `outside`. */
  least: number;
  outside: number;
}

/** Maximum projection along axis 0 or 1 of a volume that is masked on the way. */
export function maskedMaxProjection(gpu: Gpu, operands: MaskedProjectionOperands): void {
  const { x, bits, y, firstRow, shape, axis, start, stop, least, outside } = operands;
  const [d0, d1, d2] = shape;
  gpu.dispatch(masked.with({ AXIS: axis }), {
    buffers: { x, bits, y },
    sizes: { d0, d1, d2, start, stop, row0: firstRow, least, outside },
    workgroups: linearWorkgroups((axis === 0 ? d1 : d0) * d2, 64),
  });
}

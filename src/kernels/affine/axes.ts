/** Banded matrices applied along the axes of a volume, one after another. */
import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { voxelCount } from '../shape.ts';
import { applyBanded, type Range, uploadMatrix } from './banded.ts';
import type { Triple } from './problem.ts';
import type { BandedMatrix } from './splines.ts';

export type Axis = 0 | 1 | 2;
export const AXES: readonly Axis[] = [0, 1, 2];

/** One matrix along one axis of a float32 volume [d0, d1, d2]; outputs outside along any axis get `outside.value`. */
function alongAxis(
  gpu: Gpu,
  {
    x,
    y,
    shape,
    axis,
    matrix,
    outside,
  }: {
    x: GpuBuffer;
    y: GpuBuffer;
    shape: Triple;
    axis: Axis;
    matrix: BandedMatrix;
    outside?: { value: number; inside: readonly [Range, Range, Range] };
  },
): void {
  const [p, q] = (
    [
      [2, 1],
      [2, 0],
      [1, 0],
    ] as const
  )[axis];
  const strides = (of: Triple) => {
    const steps = [of[1] * of[2], of[2], 1] as const;
    return { offset: 0, p: steps[p], q: steps[q], axis: steps[axis] };
  };
  const onDevice = uploadMatrix(gpu, matrix);
  applyBanded(gpu, {
    matrix: onDevice,
    x,
    format: 'float32',
    xStrides: strides(shape),
    y,
    yStrides: strides(shape.with(axis, matrix.length) as Triple),
    pSize: shape[p],
    qSize: shape[q],
    outside: outside && { value: outside.value, p: outside.inside[p], q: outside.inside[q] },
  });
  onDevice.release();
}

/** A matrix to apply along an axis. */
export interface Step {
  axis: Axis;
  matrix: BandedMatrix;
}

/** y = x after one or more steps in turn. */
export function throughSteps(
  gpu: Gpu,
  {
    x,
    shape,
    steps,
    y,
    outside,
  }: {
    x: GpuBuffer;
    shape: Triple;
    steps: Step[];
    y: GpuBuffer;
    outside?: { value: number; inside: [Range, Range, Range] };
  },
): void {
  let [current, currentShape] = [x.retain(), shape];
  steps.forEach(({ axis, matrix }, k) => {
    const last = k === steps.length - 1;
    const nextShape = currentShape.with(axis, matrix.length) as Triple;
    const next = last ? y.retain() : gpu.alloc(4 * voxelCount(nextShape), 'affine axis');
    alongAxis(gpu, { x: current, y: next, shape: currentShape, axis, matrix, outside: last ? outside : undefined });
    current.release();
    [current, currentShape] = [next, nextShape];
  });
  current.release();
}

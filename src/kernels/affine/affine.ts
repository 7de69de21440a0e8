import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { voxelCount } from '../shape.ts';
import { AXES, type Axis, throughSteps } from './axes.ts';
import { insideRange, type Range } from './banded.ts';
import { type AffineMap, BOUNDARIES, entry, inThreeAxes, isDiagonal, type Problem, type Triple } from './problem.ts';
import sampleSource from './sample.wgsl';
import { settle } from './settle.ts';
import { axisMatrices, coefficientPadding, prefilterMatrix } from './splines.ts';

const sample = defineKernel({ name: 'affine.sample', source: sampleSource });

export interface AffineOperands extends AffineMap {
  /** float32 volume of `shape`, one to three axes. */
  x: GpuBuffer;
  /** float32 volume of `outputShape`. */
  y: GpuBuffer;
}

/** A diagonal matrix: each axis by itself, those that shrink most first. */
function separable(gpu: Gpu, problem: Problem, x: GpuBuffer, y: GpuBuffer): void {
  const { shape, outputShape, offset, order, mode, cval } = problem;
  const matrices = AXES.map((axis) => {
    const scale = entry(problem, axis, axis);
    // SciPy multiplies what it has shifted: (i + offset / scale) · scale
    const shift = (offset[axis] as number) / scale;
    const coordinate = (_: unknown, i: number) => (scale === 0 ? (offset[axis] as number) : (i + shift) * scale);
    return axisMatrices(shape[axis], Array.from({ length: outputShape[axis] }, coordinate), order, mode);
  });
  const growth = (axis: Axis) => outputShape[axis] / shape[axis];
  const steps = AXES.toSorted((a, b) => growth(a) - growth(b)).flatMap((axis) =>
    (matrices[axis] ?? []).map((matrix) => ({ axis, matrix })),
  );
  const inside = matrices.map((list) => insideRange(list.at(-1) ?? [])) as [Range, Range, Range];
  throughSteps(gpu, { x, shape, steps, y, outside: { value: cval, inside } });
}

/** What each output index adds to the coordinate along each input axis, as whole part and 32-bit fraction. */
function coordinateTable(problem: Problem): Uint32Array {
  const { outputShape, offset } = problem;
  const total = outputShape[0] + outputShape[1] + outputShape[2];
  const table = new Uint32Array(3 * 2 * total);
  let next = 0;
  for (const r of AXES) {
    for (const a of AXES) {
      for (let i = 0; i < outputShape[a]; i++) {
        const place = entry(problem, r, a) * i + (a === 0 ? (offset[r] as number) : 0);
        const fixed = BigInt.asUintN(
          64,
          BigInt(Math.floor(place)) * 2n ** 32n + BigInt(Math.round((place - Math.floor(place)) * 2 ** 32)),
        );
        table[next++] = Number(fixed >> 32n);
        table[next++] = Number(fixed & 0xffffffffn);
      }
    }
  }
  return table;
}

/** The cubic spline's coefficients of a volume; the caller releases them. */
function coefficients(gpu: Gpu, x: GpuBuffer, { shape, mode }: Problem): { c: GpuBuffer; cShape: Triple } {
  const cShape = shape.map((size) => size + 2 * coefficientPadding(mode)) as Triple;
  const c = gpu.alloc(4 * voxelCount(cShape), 'spline coefficients');
  throughSteps(gpu, {
    x,
    shape,
    steps: AXES.map((axis) => ({ axis, matrix: prefilterMatrix(shape[axis], mode) })),
    y: c,
  });
  return { c, cShape };
}

/** Any matrix: prefilter, then one reading an output voxel. */
function general(gpu: Gpu, problem: Problem, x: GpuBuffer, y: GpuBuffer): void {
  const { outputShape, order, mode, cval } = problem;
  const { c, cShape } = order === 3 ? coefficients(gpu, x, problem) : { c: x.retain(), cShape: problem.shape };
  const places = gpu.upload(coordinateTable(problem), 'affine coordinates');
  gpu.dispatch(sample.with({ ORDER: order, BOUNDARY: BOUNDARIES.indexOf(mode) }), {
    buffers: { c, places, y },
    sizes: {
      c0: cShape[0],
      c1: cShape[1],
      c2: cShape[2],
      o0: outputShape[0],
      o1: outputShape[1],
      o2: outputShape[2],
      padding: order === 3 ? coefficientPadding(mode) : 0,
      outside: cval,
    },
    workgroups: linearWorkgroups(voxelCount(outputShape), 64),
  });
  settle(gpu, problem, x, y);
  c.release();
  places.release();
}

/**
 * y(o) = x(matrix · o + offset) with spline interpolation: scipy.ndimage.affine_transform with prefilter, for orders 0, 1
 * and 3 and modes constant, nearest, mirror and reflect. Coordinates are kept to 2⁻³² voxels, values to float32.
 * Throws UserError where shapes, matrix and offset do not fit or order or mode is another.
 */
export function affineTransform(gpu: Gpu, operands: AffineOperands): void {
  const problem = inThreeAxes(operands);
  if (voxelCount(problem.outputShape) === 0) return;
  const run = isDiagonal(problem) ? separable : general;
  run(gpu, problem, operands.x, operands.y);
}

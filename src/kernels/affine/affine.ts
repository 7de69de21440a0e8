import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { applyBanded, insideRange, type Range, uploadMatrix } from './banded.ts';
import outsideSource from './outside.wgsl';
import sampleSource from './sample.wgsl';
import {
  axisMatrices,
  type BandedMatrix,
  type Boundary,
  coefficientPadding,
  type Order,
  prefilterMatrix,
} from './splines.ts';

const sample = defineKernel({ name: 'affine.sample', source: sampleSource });
const outside = defineKernel({ name: 'affine.outside', source: outsideSource });

type Triple = [number, number, number];
type Axis = 0 | 1 | 2;

const BOUNDARIES: Boundary[] = ['constant', 'nearest', 'mirror', 'reflect'];
const AXES: readonly Axis[] = [0, 1, 2];

export interface AffineOperands {
  /** float32 volume of `shape`, one to three axes. */
  x: GpuBuffer;
  shape: readonly number[];
  /** Takes an output index to an input coordinate: n × n, or a vector of n scales. */
  matrix: readonly number[] | readonly (readonly number[])[];
  /** One number for all axes or one each. */
  offset?: number | readonly number[];
  /** float32 volume of `outputShape`. */
  y: GpuBuffer;
  outputShape: readonly number[];
  order?: Order;
  mode?: Boundary;
  /** Value outside, for mode `constant`. */
  cval?: number;
}

interface Problem {
  shape: Triple;
  outputShape: Triple;
  matrix: number[][];
  offset: number[];
  order: Order;
  mode: Boundary;
  cval: number;
}

function checked(operands: AffineOperands): Required<AffineOperands> & { rows: number[][]; offsets: number[] } {
  const { shape, outputShape, matrix, offset = 0, order = 3, mode = 'constant', cval = 0 } = operands;
  const n = shape.length;
  const rows = matrix.map((row, r) => (typeof row === 'number' ? shape.map((_, a) => (a === r ? row : 0)) : [...row]));
  const offsets = typeof offset === 'number' ? shape.map(() => offset) : [...offset];
  if (n < 1 || n > 3 || [outputShape, offsets, rows, ...rows].some((list) => list.length !== n)) {
    throw new UserError(
      `affine_transform: shape [${shape}], output shape [${outputShape}], a matrix of ${rows.length} × ${rows[0]?.length ?? 0} and ${offsets.length} offsets do not belong together; give one to three axes alike`,
    );
  }
  if (shape.some((size) => size < 1))
    throw new UserError(`affine_transform: shape [${shape}] has no voxel; every axis needs one`);
  if (!BOUNDARIES.includes(mode))
    throw new UserError(`affine_transform: mode "${mode}" is not supported; use ${BOUNDARIES.join(', ')}`);
  if (![0, 1, 3].includes(order))
    throw new UserError(`affine_transform: order ${order} is not supported; use 0, 1 or 3`);
  return { ...operands, offset, order, mode, cval, rows, offsets };
}

/** The same problem with three axes: leading axes of one voxel are put ahead. */
function inThreeAxes(operands: AffineOperands): Problem {
  const { shape, outputShape, rows, offsets, order, mode, cval } = checked(operands);
  const lead = 3 - shape.length;
  const triple = (values: readonly number[], filler: number) =>
    [...Array<number>(lead).fill(filler), ...values] as Triple;
  const matrix = AXES.map((r) => (r < lead ? AXES.map((a) => Number(r === a)) : triple(rows[r - lead] ?? [], 0)));
  return {
    shape: triple(shape, 1),
    outputShape: triple(outputShape, 1),
    matrix,
    offset: triple(offsets, 0),
    order,
    mode,
    cval,
  };
}

const voxels = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const entry = (problem: Problem, r: Axis, a: Axis): number => problem.matrix[r]?.[a] ?? 0;

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

/** A list of matrices to apply along axes in turn; gives the last result, which the caller releases. */
interface Step {
  axis: Axis;
  matrix: BandedMatrix;
}

function throughSteps(
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
    const next = last ? y.retain() : gpu.alloc(4 * voxels(nextShape), 'affine axis');
    alongAxis(gpu, { x: current, y: next, shape: currentShape, axis, matrix, outside: last ? outside : undefined });
    current.release();
    [current, currentShape] = [next, nextShape];
  });
  current.release();
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

/** Coordinates this close to a face are decided here, in SciPy's arithmetic; the kernel takes closer ones for inside. */
const NEAR_FACE = 2 ** -29;

/**
 * Output voxels whose coordinate meets a face of the volume but lies outside as float64 rounds it: sums of decimals such
 * as 0.3 · 3 + 0.1 do. Found by solving for the last index on every line of the output.
 */
function roundedOutside({ shape, outputShape: [n0, n1, n2], matrix, offset }: Problem): number[] {
  const found = new Set<number>();
  for (const [r, [m0 = 0, m1 = 0, m2 = 0]] of matrix.entries()) {
    const last = (shape[r] as number) - 1;
    for (let line = 0; line < n0 * n1; line++) {
      const base = Math.floor(line / n1) * m0 + (line % n1) * m1;
      const coordinate = (i: number) => base + i * m2 + (offset[r] as number); // summed as SciPy does
      for (const face of [0, last]) {
        const meets = (i: number) =>
          Math.abs(coordinate(i) - face) < NEAR_FACE && (coordinate(i) < 0 || coordinate(i) > last);
        const crossing = Math.round((face - coordinate(0)) / m2);
        const candidates = m2 === 0 ? (meets(0) ? Array(n2).keys() : []) : [crossing];
        for (const i of candidates) if (i >= 0 && i < n2 && meets(i)) found.add(line * n2 + i);
      }
    }
  }
  return [...found];
}

function markRoundedOutside(gpu: Gpu, problem: Problem, y: GpuBuffer): void {
  const list = problem.mode === 'constant' ? roundedOutside(problem) : [];
  if (list.length === 0) return;
  const at = gpu.upload(Uint32Array.from(list), 'affine faces');
  const sizes = { n: list.length, value: problem.cval };
  gpu.dispatch(outside, { buffers: { at, y }, sizes, workgroups: linearWorkgroups(list.length, 64) });
  at.release();
}

/** The cubic spline's coefficients of a volume; the caller releases them. */
function coefficients(gpu: Gpu, x: GpuBuffer, { shape, mode }: Problem): { c: GpuBuffer; cShape: Triple } {
  const cShape = shape.map((size) => size + 2 * coefficientPadding(mode)) as Triple;
  const c = gpu.alloc(4 * voxels(cShape), 'spline coefficients');
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
    workgroups: linearWorkgroups(voxels(outputShape), 64),
  });
  markRoundedOutside(gpu, problem, y);
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
  if (voxels(problem.outputShape) === 0) return;
  const diagonal = AXES.every((r) => AXES.every((a) => r === a || entry(problem, r, a) === 0));
  const run = diagonal ? separable : general;
  run(gpu, problem, operands.x, operands.y);
}

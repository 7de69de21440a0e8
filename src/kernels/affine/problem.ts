import { UserError } from '../../util/errors.ts';
import type { Boundary, Order } from './splines.ts';

export type Triple = [number, number, number];

export const BOUNDARIES: readonly Boundary[] = ['constant', 'nearest', 'mirror', 'reflect'];

const AXES = [0, 1, 2] as const;

/** An affine map of one to three axes as it is asked for. */
export interface AffineMap {
  shape: readonly number[];
  /**
   * Takes an output index to an input coordinate: n × n, or a vector of n scales, or n × (n + 1) with the offset as its last
   * column, which may have 0 … 0 1 below.
   */
  matrix: readonly number[] | readonly (readonly number[])[];
  /** One number for all axes or one each. */
  offset?: number | readonly number[];
  outputShape: readonly number[];
  order?: Order;
  mode?: Boundary;
  /** Value outside, for mode `constant`. */
  cval?: number;
}

/** The same with three axes and every default filled in. */
export interface Problem {
  shape: Triple;
  outputShape: Triple;
  matrix: number[][];
  offset: number[];
  order: Order;
  mode: Boundary;
  cval: number;
}

export const entry = (problem: Problem, row: number, column: number): number => problem.matrix[row]?.[column] ?? 0;

export const isDiagonal = (problem: Problem): boolean =>
  AXES.every((r) => AXES.every((a) => r === a || entry(problem, r, a) === 0));

function check(map: AffineMap, rows: number[][], offsets: number[]): void {
  const { shape, outputShape, order = 3, mode = 'constant' } = map;
  const n = shape.length;
  if (n < 1 || n > 3 || [outputShape, offsets, rows, ...rows].some((list) => list.length !== n)) {
    throw new UserError(
      `affine_transform: shape [${shape}], output shape [${outputShape}], a matrix of ${rows.length} × ${rows[0]?.length ?? 0} and ${offsets.length} offsets do not belong together; give one to three axes alike`,
    );
  }
  if (shape.some((size) => size < 1)) {
    throw new UserError(`affine_transform: shape [${shape}] has no voxel; every axis needs one`);
  }
  if (!BOUNDARIES.includes(mode)) {
    throw new UserError(`affine_transform: mode "${mode}" is not supported; use ${BOUNDARIES.join(', ')}`);
  }
  if (![0, 1, 3].includes(order)) {
    throw new UserError(`affine_transform: order ${order} is not supported; use 0, 1 or 3`);
  }
}

/** A homogeneous matrix as matrix and offset; others as they are. */
function parted(map: AffineMap): AffineMap {
  const n = map.shape.length;
  const rows = map.matrix.filter((row): row is readonly number[] => typeof row !== 'number');
  if (rows.length < n || rows.length > n + 1 || rows.some((row) => row.length !== n + 1)) return map;
  if (rows[n]?.some((value, axis) => value !== Number(axis === n))) {
    throw new UserError(`affine_transform: the last row of a homogeneous matrix is [${rows[n]}]; it must be 0 … 0 1`);
  }
  const kept = rows.slice(0, n);
  return { ...map, matrix: kept.map((row) => row.slice(0, n)), offset: kept.map((row) => row[n] as number) };
}

/** The map with three axes: leading axes of one voxel are put ahead. Throws UserError where its parts do not fit. */
export function inThreeAxes(given: AffineMap): Problem {
  const map = parted(given);
  const { shape, outputShape, matrix, offset = 0, order = 3, mode = 'constant', cval = 0 } = map;
  const rows = matrix.map((row, r) => (typeof row === 'number' ? shape.map((_, a) => (a === r ? row : 0)) : [...row]));
  const offsets = typeof offset === 'number' ? shape.map(() => offset) : [...offset];
  check(map, rows, offsets);
  const lead = 3 - shape.length;
  const triple = (values: readonly number[], filler: number) =>
    [...Array<number>(lead).fill(filler), ...values] as Triple;
  return {
    shape: triple(shape, 1),
    outputShape: triple(outputShape, 1),
    matrix: AXES.map((r) => (r < lead ? AXES.map((a) => Number(r === a)) : triple(rows[r - lead] ?? [], 0))),
    offset: triple(offsets, 0),
    order,
    mode,
    cval,
  };
}

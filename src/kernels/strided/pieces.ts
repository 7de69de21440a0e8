/** Walks over tensors that cannot be bound whole, as walks over parts of them. */
import { voxelCount } from '../shape.ts';
import { ALIGNMENT } from '../slices.ts';
import type { Walk } from './strided.ts';

/** A part of a walk, and the element of the result with which it begins. */
export interface Piece {
  walk: Walk;
  first: number;
}

/** The first element of the source that a walk meets, and the one behind the last. */
export function reachOf({ shape, steps, start }: Walk): { low: number; high: number } {
  let [low, high] = [start, start + 1];
  for (const [axis, size] of shape.entries()) {
    const far = (size - 1) * (steps[axis] as number);
    low += Math.min(0, far);
    high += Math.max(0, far);
  }
  return { low, high };
}

const WORD = 4;

/** Indices of an axis that go together. */
export interface Run {
  first: number;
  count: number;
}

/** The outermost axis with several indices; −1 where none has. */
export const outermost = (shape: readonly number[]): number => shape.findIndex((size) => size > 1);

/**
 * The indices of the outermost axis in runs that fit, or are as short as they can be: each begins at a whole word, where
 * copies can.
 * @param each bytes of an element of the result
 * @param fits whether `count` indices from `first` on can be bound
 */
export function runsAlong(
  shape: readonly number[],
  each: number,
  fits: (first: number, count: number) => boolean,
): Run[] {
  const size = shape[outermost(shape)] ?? 1;
  const row = (voxelCount(shape) / size) * each;
  let step = 1;
  while ((row * step) % WORD !== 0) step *= 2;
  const runs: Run[] = [];
  for (let first = 0; first < size; ) {
    let count = size - first;
    while (count > step && !fits(first, count)) count = Math.max(step, Math.floor(count / 2 / step) * step);
    runs.push({ first, count });
    first += count;
  }
  return runs;
}

/** More parts than these take longer than bands do. */
const MOST = 256;

/** A walk over some indices of an axis. */
function cut(walk: Walk, axis: number, { first, count }: Run): Walk {
  return {
    shape: walk.shape.with(axis, count),
    steps: walk.steps,
    start: walk.start + first * (walk.steps[axis] as number),
  };
}

/** Whether source and result of a walk take at most `limit` bytes each, and room to begin where a binding can. */
function fits(walk: Walk, each: number, limit: number): boolean {
  const { low, high } = reachOf(walk);
  return voxelCount(walk.shape) * each <= limit && (high - low) * each <= limit - ALIGNMENT;
}

/**
 * Parts of a walk whose source and result can be bound, each a run of the result; null where the walk is too scattered.
 * @param each bytes of an element
 */
export function piecesOf(walk: Walk, each: number, limit: number): Piece[] | null {
  if (fits(walk, each, limit)) return [{ walk, first: 0 }];
  const axis = outermost(walk.shape);
  if (axis < 0) return null;
  const runs = runsAlong(walk.shape, each, (first, count) => fits(cut(walk, axis, { first, count }), each, limit));
  if (runs.length < 2 || runs.length > MOST) return null;
  const row = voxelCount(walk.shape) / (walk.shape[axis] as number);
  const pieces: Piece[] = [];
  for (const run of runs) {
    const parts = piecesOf(cut(walk, axis, run), each, limit);
    if (!parts || pieces.length + parts.length > MOST) return null;
    for (const part of parts) pieces.push({ ...part, first: part.first + run.first * row });
  }
  return pieces;
}

/** A band of the result: indices of one axis, whatever those of the others. */
export interface Band {
  walk: Walk;
  axis: number;
  first: number;
}

/** A walk along the axis that takes the longest steps, in bands whose sources can be bound; null where one index is too much. */
export function bandsOf(walk: Walk, each: number, limit: number): Band[] | null {
  const length = (axis: number) => ((walk.shape[axis] as number) > 1 ? Math.abs(walk.steps[axis] as number) : -1);
  const axis = [...walk.shape.keys()].reduce((a, b) => (length(b) > length(a) ? b : a), 0);
  const size = walk.shape[axis] ?? 1;
  let count = size;
  while (count > 1 && !fits(cut(walk, axis, { first: 0, count }), each, limit)) count = Math.ceil(count / 2);
  if (!fits(cut(walk, axis, { first: 0, count }), each, limit)) return null;
  return Array.from({ length: Math.ceil(size / count) }, (_, i) => {
    const run = { first: i * count, count: Math.min(count, size - i * count) };
    return { walk: cut(walk, axis, run), axis, first: run.first };
  });
}

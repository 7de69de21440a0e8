/** A volume as blocks along one stored axis: what lies at neighbouring indices of it is one block in memory, many times. */
import { affineColumn, closestCanonical, scale, type Vector3, type Volume } from '../../../formats/volume.ts';
import type { Stored } from './values.ts';

export type Axis = 0 | 1 | 2;

/** Directions of the patient. */
export const TO_RIGHT: Axis = 0;
export const TO_FRONT: Axis = 1;
export const TO_HEAD: Axis = 2;

/** The stored axis that runs along a direction of the patient, whether it runs against it, and how long it is. */
export function storedAxis(volume: Volume, direction: Axis): { axis: Axis; flipped: boolean; size: number } {
  const { axes, flips } = closestCanonical(volume);
  const axis = axes[direction];
  return { axis, flipped: flips[direction], size: volume.size[axis] };
}

/** `count` indices of an axis from `from` on, which are those from `to` on of another volume. */
export interface Run {
  from: number;
  to: number;
  count: number;
}

/** Calls `visit` with the places of every block of a run, in `source` and in a volume with another count on the axis. */
export function eachBlock(
  { size }: Pick<Volume, 'size'>,
  axis: Axis,
  countThere: number,
  { from, to, count }: Run,
  visit: (from: number, to: number, length: number) => void,
): void {
  const product = (sizes: readonly number[]) => sizes.reduce((all, n) => all * n, 1);
  const [inner, outer] = [product(size.slice(0, axis)), product(size.slice(axis + 1))];
  for (let o = 0; o < outer; o++) {
    visit((o * size[axis] + from) * inner, (o * countThere + to) * inner, count * inner);
  }
}

/** Blocks this short are copied one value after another. */
const SHORT = 32;

/** Copies runs of a volume into one with `countThere` indices on the axis. */
export function copyRuns(
  source: Pick<Volume, 'data' | 'size'>,
  axis: Axis,
  countThere: number,
  runs: readonly Run[],
  into: Stored,
): void {
  const { data } = source;
  for (const run of runs) {
    eachBlock(source, axis, countThere, run, (from, to, length) => {
      if (length > SHORT) into.set(data.subarray(from, from + length), to);
      else for (let i = 0; i < length; i++) into[to + i] = data[from + i] as number;
    });
  }
}

/** The affine of a volume whose index i on `axis` is the index `start` + `step` · i of this one. */
export function affineAlong({ affine }: Pick<Volume, 'affine'>, axis: Axis, start: number, step: number): number[] {
  const moved = [...affine];
  const column = affineColumn(affine, axis);
  scale(column, step).forEach((value, row) => {
    moved[4 * row + axis] = value;
    moved[4 * row + 3] = (affine[4 * row + 3] as number) + start * (column[row] as number);
  });
  return moved;
}

/** A size with another count on one axis. */
export function sizeWith(size: Vector3, axis: Axis, count: number): Vector3 {
  return [axis === 0 ? count : size[0], axis === 1 ? count : size[1], axis === 2 ? count : size[2]];
}

/** What another examination would have recorded from feet to head: less of it, or thicker or fewer slices. */
import type { Volume } from '../../../formats/volume.ts';
import { voxelCount } from '../../../kernels/shape.ts';
import { UserError } from '../../../util/errors.ts';
import { affineAlong, copyRuns, eachBlock, type Run, sizeWith, storedAxis, TO_HEAD } from './blocks.ts';
import { storageFor, storing } from './values.ts';

function expectSlices(size: number, least: number): void {
  if (size >= least) return;
  throw new UserError(`${size} slices from feet to head are too few for this change; it needs ${least}`);
}

/** The volume of these runs along the axis from feet to head; slice i is slice `start` + `step` · i of the given one. */
function taken(volume: Volume, runs: readonly Run[], start: number, step: number): Volume {
  const { axis } = storedAxis(volume, TO_HEAD);
  const count = runs.reduce((sum, run) => sum + run.count, 0);
  const size = sizeWith(volume.size, axis, count);
  const data = storageFor(volume, voxelCount(size));
  copyRuns(volume, axis, count, runs, data);
  return { data, size, affine: affineAlong(volume, axis, start, step) };
}

/** Leaves out shares of the slices at the feet's and at the head's end. @throws UserError when nothing would be left */
export function cropScan(volume: Volume, { feet = 0, head = 0 }: { feet?: number; head?: number }): Volume {
  const { size, flipped } = storedAxis(volume, TO_HEAD);
  const [atFeet, atHead] = [Math.round(feet * size), Math.round(head * size)];
  if (atFeet + atHead === 0) return volume;
  expectSlices(size, atFeet + atHead + 1);
  const start = flipped ? atHead : atFeet;
  return taken(volume, [{ from: start, to: 0, count: size - atFeet - atHead }], start, 1);
}

/** Every `factor`-th slice: gaps between slices. @throws UserError when there are fewer slices than that */
export function skipSlices(volume: Volume, factor: number): Volume {
  if (factor === 1) return volume;
  const { size } = storedAxis(volume, TO_HEAD);
  expectSlices(size, factor);
  const runs = Array.from({ length: Math.ceil(size / factor) }, (_, i) => ({ from: i * factor, to: i, count: 1 }));
  return taken(volume, runs, 0, factor);
}

/**
 * Means over `factor` neighbouring slices: slices so many times as thick. What does not fill one at the end is left out.
 * @throws UserError when there are fewer slices than that
 */
export function averageSlices(volume: Volume, factor: number): Volume {
  if (factor === 1) return volume;
  const { axis, size: before } = storedAxis(volume, TO_HEAD);
  expectSlices(before, factor);
  const count = Math.floor(before / factor);
  const size = sizeWith(volume.size, axis, count);
  const sums = new Float32Array(voxelCount(size)); // exact: HU are whole and few
  for (let slice = 0; slice < count * factor; slice++) {
    const run = { from: slice, to: Math.floor(slice / factor), count: 1 };
    eachBlock(volume, axis, count, run, (from, to, length) => {
      for (let i = 0; i < length; i++) sums[to + i] = (sums[to + i] as number) + (volume.data[from + i] as number);
    });
  }
  const data = storageFor(volume, sums.length);
  const stored = storing(data);
  for (let i = 0; i < sums.length; i++) data[i] = stored((sums[i] as number) / factor);
  return { data, size, affine: affineAlong(volume, axis, (factor - 1) / 2, factor) };
}

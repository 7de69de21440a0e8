import { spacing, type Volume } from '../../../formats/volume.ts';
import { AIR } from '../recipe.ts';
import { type Axis, copyRuns, storedAxis } from './blocks.ts';
import { storageFor } from './values.ts';

/**
 * The patient moved by `mm` along a direction within the field of view, to the nearest whole voxel, so that nothing is
 * interpolated. What leaves the field is lost, what comes in is air.
 */
export function shiftPatient(volume: Volume, direction: Axis, mm: number): Volume {
  const { axis, flipped, size } = storedAxis(volume, direction);
  const voxels = Math.round(mm / spacing(volume.affine)[axis]) * (flipped ? -1 : 1);
  if (voxels === 0) return volume;
  const data = storageFor(volume, volume.data.length).fill(AIR);
  const count = Math.max(0, size - Math.abs(voxels));
  copyRuns(volume, axis, size, [{ from: Math.max(0, -voxels), to: Math.max(0, voxels), count }], data);
  return { ...volume, data };
}

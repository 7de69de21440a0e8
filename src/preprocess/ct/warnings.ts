import { closestCanonical, obliqueness, shear, spacing, type Volume } from '../../formats/volume.ts';
import { voxelCount } from '../../kernels/shape.ts';
import { GRID } from './recipe.ts';

/** Fewer slices than this make a coarse picture of 224 rows. */
const FEW_SLICES = 32;
/** From the feet towards the head, in mm, that thorax and abdomen take at least. */
const SHORT_SCAN = 300;
/** Degrees off the patient's axes or right angles that are worth a word. */
const TURNED = 0.5;
/** Share of the scan that a body fills. */
const SMALLEST_BODY = 0.1;
const LARGEST_BODY = 0.6;
/** Share of a side of the scan that the body may touch before it counts as cut off. */
const CUT_OFF = 0.1;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function ofScan(volume: Volume, isStraight: boolean): string[] {
  const { size, affine } = closestCanonical(volume);
  const slices = size[2];
  const height = slices * spacing(affine)[2];
  const warnings: string[] = [];
  if (slices < FEW_SLICES) warnings.push(`only ${slices} slices from feet to head`);
  if (height < SHORT_SCAN)
    warnings.push(`the scan covers only ${Math.round(height)} mm from feet to head; thorax and abdomen need more`);
  const [turn, tilt] = [obliqueness(volume.affine), shear(volume.affine)];
  const turned = `turned by ${turn.toFixed(1)}° from the patient's axes`;
  if (!isStraight && tilt > TURNED)
    warnings.push(`the slices are sheared by ${tilt.toFixed(1)}° (a tilted gantry): sampled along the patient's axes`);
  else if (!isStraight) warnings.push(`the scan is ${turned}: sampled along these`);
  else if (turn > TURNED) warnings.push(`the scan is ${turned}, and so is the picture`);
  return warnings;
}

/** `census`: voxels of the body, and of those on the left, right, back and front side of the scan. */
function ofBody(census: Uint32Array): string[] {
  const [all = 0, ...sides] = census;
  const share = all / voxelCount(GRID);
  const warnings: string[] = [];
  if (share < SMALLEST_BODY) warnings.push(`the body fills only ${percent(share)} of the scan`);
  if (share > LARGEST_BODY) warnings.push(`the body fills ${percent(share)} of the scan`);
  ['left', 'right', 'back', 'front'].forEach((name, k) => {
    const touched = (sides[k] ?? 0) / (GRID[k < 2 ? 1 : 0] * GRID[2]);
    if (touched > CUT_OFF)
      warnings.push(`the body is cut off at the ${name} of the scan (${percent(touched)} of that side)`);
  });
  return warnings;
}

/**
 * What a reader of the picture should know about the study.
 * @param isStraight whether the scan was taken as it lies, and not sampled along the patient's axes
 */
export function warningsOf(volume: Volume, isStraight: boolean, census: Uint32Array, notFinite: number): string[] {
  const lost = notFinite > 0 ? [`${notFinite} voxels are no numbers and were taken for air`] : [];
  return [...ofScan(volume, isStraight), ...lost, ...ofBody(census)];
}

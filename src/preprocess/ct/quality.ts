/**
 * What a person should look at before a study is used: signs, found in the volume and in its body mask, that something is
 * in the mask which is no torso, or that values are no Hounsfield units. Signs, not verdicts.
 */
import type { Volume } from '../../formats/volume.ts';
import type { Shape3 } from '../../kernels/shape.ts';

/** Share of the axial slices in which a sign must be seen. */
const SHARE_OF_SLICES = 0.2;
/** A piece of an axial slice counts as an arm from this share of the slice's body on. */
const ARM_SHARE = 0.02;
/** A table's plate spans at least this share of the scan's width … */
const TABLE_WIDTH = 0.35;
/** … is at most so many rows thick … */
const TABLE_ROWS = 4;
/** … and has a waist above it that is narrower by this factor. */
const TABLE_WAIST = 0.6;

/** HU that no scanner gives, metal included; and the share of voxels that may lie beyond. */
const LEAST_HU = -3100;
const MOST_HU = 32000;
/** HU below which a voxel is air, and the share of it that every scan of a torso has (around it, in lungs or bowel). */
const AIR_BELOW = -800;
const LEAST_AIR = 0.01;
/** Every so many voxels are looked at. */
const STEP = 13;

/** Signs in the values. */
export function signsInValues({ data }: Pick<Volume, 'data'>): string[] {
  let [air, beyond, count] = [0, 0, 0];
  for (let i = 0; i < data.length; i += STEP) {
    const value = data[i] ?? Number.NaN;
    count++;
    if (value < AIR_BELOW) air++;
    if (value < LEAST_HU || value > MOST_HU) beyond++;
  }
  const signs: string[] = [];
  if (air < LEAST_AIR * count)
    signs.push(
      `odd HU: only ${percent(air / count)} of the scan is air (below ${AIR_BELOW} HU); is the intercept missing?`,
    );
  if (beyond > 0) signs.push(`odd HU: ${percent(beyond / count)} of the values lie outside ${LEAST_HU} … ${MOST_HU}`);
  return signs;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/**
 * Signs in the mask.
 * @param mask [d0, d1, d2], 0 or 1, along right, front, head; last axis fastest
 */
export function signsInMask(mask: ArrayLike<number>, shape: Shape3): string[] {
  const [, , slices] = shape;
  let [withArms, withTable, withBody] = [0, 0, 0];
  for (let z = 0; z < slices; z++) {
    const slice = axialSlice(mask, shape, z);
    if (slice === null) continue;
    withBody++;
    if (hasArms(slice, shape)) withArms++;
    if (hasTable(slice, shape)) withTable++;
  }
  const signs: string[] = [];
  if (withArms > SHARE_OF_SLICES * withBody)
    signs.push(`arms in the mask? ${withArms} of ${withBody} slices have pieces beside the body`);
  if (withTable > SHARE_OF_SLICES * withBody)
    signs.push(`table in the mask? ${withTable} of ${withBody} slices end in a wide thin plate`);
  return signs;
}

/** A slice of the mask as rows from back to front, [d1 · d0]; null where it is empty. */
function axialSlice(mask: ArrayLike<number>, [d0, d1, d2]: Shape3, z: number): Uint8Array | null {
  const slice = new Uint8Array(d0 * d1);
  let any = false;
  for (let x = 0; x < d0; x++) {
    for (let y = 0; y < d1; y++) {
      if (!mask[(x * d1 + y) * d2 + z]) continue;
      slice[y * d0 + x] = 1;
      any = true;
    }
  }
  return any ? slice : null;
}

/** Whether a second piece of some size lies beside the largest. */
function hasArms(slice: Uint8Array, [d0]: Shape3): boolean {
  const sizes = pieces(slice, d0).sort((a, b) => b - a);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return (sizes[1] ?? 0) >= ARM_SHARE * total;
}

/** Sizes of the 4-connected pieces. */
function pieces(slice: Uint8Array, width: number): number[] {
  const left = slice.slice();
  const sizes: number[] = [];
  const waiting: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (!left[start]) continue;
    let size = 0;
    left[start] = 0;
    waiting.push(start);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      size++;
      const column = at % width;
      for (const next of [column > 0 ? at - 1 : -1, column < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (!left[next]) continue;
        left[next] = 0;
        waiting.push(next);
      }
    }
    sizes.push(size);
  }
  return sizes;
}

/** Whether the lowest rows are a wide plate with a narrower waist above it. */
function hasTable(slice: Uint8Array, [d0, d1]: Shape3): boolean {
  const counts = Array.from({ length: d1 }, (_, y) =>
    slice.subarray(y * d0, (y + 1) * d0).reduce((sum, v) => sum + v, 0),
  );
  const lowest = counts.findIndex((count) => count > 0);
  const plate = Math.max(...counts.slice(lowest, lowest + TABLE_ROWS));
  const above = Math.min(...counts.slice(lowest + 1, lowest + 3 * TABLE_ROWS));
  return (
    plate >= TABLE_WIDTH * d0 &&
    above < TABLE_WAIST * plate &&
    counts.indexOf(above, lowest) > counts.indexOf(plate, lowest)
  );
}

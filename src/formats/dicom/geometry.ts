/**
 * Slices in space: from the position and orientation of every image to one regular grid, or the reason, with numbers,
 * why there is none. File order, instance numbers and slice thickness play no part.
 *
 *     position                 ● slice 3
 *   along the              ● slice 2      distance along the normal: the step
 *     normal  ↑        ● slice 1          drift across it: the gantry's tilt, which shears the grid
 */

import { compareTexts } from '../../util/order.ts';
import { RefusedError } from '../refusal.ts';
import { affineFromColumns, cross, dot, type Matrix4, norm, scale, type Vector3 } from '../volume.ts';
import type { CtImage, SliceGeometry } from './header.ts';

/** A slice as this file needs it. */
export interface PlacedImage {
  name: string;
  image: CtImage;
}

export interface SeriesGrid<Slice extends PlacedImage> {
  /** From the least to the greatest position along the normal (row direction × column direction). */
  slices: Slice[];
  /** Numbers of the grid's slices that are not there and are to be interpolated. */
  missing: number[];
  size: Vector3;
  /** Between columns, between rows, between slices, in mm. */
  spacing: Vector3;
  /** Voxel index (column, row, slice) to RAS+ mm. */
  affine: Matrix4;
}

/** With two slices there is one gap and nothing to compare it with. */
const LEAST_SLICES = 3;
/** Directions and relative spacings that differ by less come from rounding in decimal strings. */
const SAME = 1e-3;
/** A slice may lie this share of a step (or a pixel) off the regular grid: scanners round positions to 0.1 mm. */
const GRID_TOLERANCE = 0.1;
const PIXEL_TOLERANCE = 0.25;
/** Gantries tilt by 30° at most. */
const MOST_TILT_DEGREES = 35;
/** A gap may be mended where the slices beside it are no further apart than thick slices are … */
const MOST_MENDED_MM = 10;
/** … and where no more than this share of the slices (or one) is missing. */
const MOST_MISSING = 0.1;

const subtract = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const millimetres = (value: number): string => `${Number(value.toFixed(3))} mm`;

/**
 * The regular grid on which the slices of one series lie; a tilted gantry shears it.
 * @param mendGaps whether single slices may be missing
 * @throws RefusedError for fewer than three slices, mixed sizes, spacings or orientations, two slices in one place,
 *   missing slices, uneven steps, slices stacked askew
 */
export function seriesGrid<Slice extends PlacedImage>(unsorted: readonly Slice[], mendGaps = false): SeriesGrid<Slice> {
  const first = unsorted[0];
  if (!first || unsorted.length < LEAST_SLICES) {
    const count = unsorted.length === 1 ? '1 slice makes' : `${unsorted.length} slices make`;
    throw new RefusedError(
      namesOf(unsorted),
      `${count} no volume (at least ${LEAST_SLICES} slices of one series are needed)`,
    );
  }
  refuseMixed(first, unsorted);
  const { rowDirection, columnDirection, spacing } = first.image.geometry;
  const normal = cross(rowDirection, columnDirection);
  const along = (slice: Slice) => dot(slice.image.geometry.position, normal);
  const slices = [...unsorted].sort((a, b) => along(a) - along(b) || compareTexts(a.name, b.name));
  const distances = slices.map(along);
  refuseSamePlace(slices, distances);
  const numbers = numbersOf(slices, distances, mendGaps);
  const step = meanStep(slices, numbers, normal, spacing);
  const { rows, columns } = first.image.pixels;
  const count = (numbers.at(-1) ?? 0) + 1;
  return {
    slices,
    missing: Array.from({ length: count }, (_, z) => z).filter((z) => !numbers.includes(z)),
    size: [columns, rows, count],
    spacing: [spacing[1], spacing[0], norm(step)],
    affine: affineFromColumns(
      toRas(scale(rowDirection, spacing[1])),
      toRas(scale(columnDirection, spacing[0])),
      toRas(step),
      toRas((slices[0] ?? first).image.geometry.position),
    ),
  };
}

const namesOf = (slices: readonly PlacedImage[]): string[] => slices.map((slice) => slice.name);

/** DICOM's x grows to the patient's left and y to the back; here they grow to the right and to the front. */
function toRas(v: Vector3): Vector3 {
  return [-v[0], -v[1], v[2]];
}

function refuseMixed(first: PlacedImage, slices: readonly PlacedImage[]): void {
  for (const slice of slices) {
    const difference = differenceOf(first.image, slice.image);
    if (difference)
      throw new RefusedError(namesOf(slices), `the series mixes ${difference} (${first.name}, ${slice.name})`);
  }
}

function differenceOf(a: CtImage, b: CtImage): string | null {
  const size = (image: CtImage) => `${image.pixels.columns} × ${image.pixels.rows}`;
  if (size(a) !== size(b)) return `sizes: ${size(a)} and ${size(b)}`;
  const turn = angleBetween(a.geometry, b.geometry);
  if (turn.sine > SAME) return `orientations: turned by ${turn.degrees.toFixed(1)}°`;
  const spacings: [number, number][] = [
    [a.geometry.spacing[0], b.geometry.spacing[0]],
    [a.geometry.spacing[1], b.geometry.spacing[1]],
  ];
  const other = spacings.find(([p, q]) => Math.abs(p - q) > SAME * p);
  return other ? `pixel spacings: ${millimetres(other[0])} and ${millimetres(other[1])}` : null;
}

/** How far the in-plane axes of two slices are turned against each other. */
function angleBetween(a: SliceGeometry, b: SliceGeometry): { sine: number; degrees: number } {
  const change = Math.max(
    norm(subtract(a.rowDirection, b.rowDirection)),
    norm(subtract(a.columnDirection, b.columnDirection)),
  );
  return { sine: change, degrees: (2 * Math.asin(Math.min(1, change / 2)) * 180) / Math.PI };
}

function refuseSamePlace(slices: readonly PlacedImage[], distances: readonly number[]): void {
  for (let i = 1; i < slices.length; i++) {
    const [a, b] = [slices[i - 1], slices[i]];
    const place = distances[i] ?? 0;
    if (!a || !b || place - (distances[i - 1] ?? 0) > 0.01) continue;
    throw new RefusedError(
      namesOf(slices),
      `two images lie in the same place, ${millimetres(place)} along the slice normal: ${a.name} and ${b.name}`,
    );
  }
}

/** Distances between neighbouring slices, and the step that most of them are. */
interface Gaps {
  gaps: number[];
  step: number;
  /** How many steps fit into each gap beyond one; null where a gap is no whole number of steps. */
  missing: number[] | null;
}

function gapsOf(distances: readonly number[]): Gaps {
  const gaps = distances.slice(1).map((distance, i) => distance - (distances[i] ?? 0));
  const step = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0;
  const missing = gaps.map((gap) => Math.round(gap / step) - 1);
  const isWhole = gaps.every(
    (gap, i) => Math.abs(gap - ((missing[i] ?? 0) + 1) * step) <= GRID_TOLERANCE * step && (missing[i] ?? 0) >= 0,
  );
  return { gaps, step, missing: isWhole ? missing : null };
}

/**
 * The number of each slice on a grid of equal steps. Numbers are left out where slices are missing and may be.
 * @throws RefusedError for uneven steps, or for missing slices that may not or cannot be mended
 */
function numbersOf(slices: readonly PlacedImage[], distances: readonly number[], mendGaps: boolean): number[] {
  const start = distances[0] ?? 0;
  const mean = ((distances.at(-1) ?? 0) - start) / (slices.length - 1);
  const off = distances.map((distance, i) => Math.abs(distance - start - i * mean));
  if (Math.max(...off) <= GRID_TOLERANCE * mean) return slices.map((_, i) => i);
  const { gaps, step, missing } = gapsOf(distances);
  const widest = Math.max(...gaps);
  const where = gaps.indexOf(widest);
  const between = `${slices[where]?.name} and ${slices[where + 1]?.name}`;
  if (!missing) {
    throw new RefusedError(
      namesOf(slices),
      `uneven slice distances: ${millimetres(Math.min(...gaps))} to ${millimetres(widest)} (widest between ${between})`,
    );
  }
  const count = missing.reduce((sum, value) => sum + value, 0);
  const canMend =
    Math.max(...missing) === 1 && widest <= MOST_MENDED_MM && count <= Math.max(1, MOST_MISSING * slices.length);
  if (canMend && mendGaps) return distances.map((distance) => Math.round((distance - start) / step));
  throw new RefusedError(
    namesOf(slices),
    `${count} ${count === 1 ? 'slice is' : 'slices are'} missing: the step is ${millimetres(step)} but ${millimetres(widest)} between ${between}${canMend ? ' (--mend-gaps interpolates)' : ''}`,
  );
}

/**
 * The vector from slice to slice. What lies across the normal in it is the gantry's tilt, or the rounding of positions.
 * @param numbers of the slices on the grid
 */
function meanStep(
  slices: readonly PlacedImage[],
  numbers: readonly number[],
  normal: Vector3,
  spacing: readonly [number, number],
): Vector3 {
  const position = (index: number): Vector3 => slices.at(index)?.image.geometry.position ?? [0, 0, 0];
  const steps = numbers.at(-1) ?? 1;
  const step = scale(subtract(position(-1), position(0)), 1 / steps);
  const across = (v: Vector3): number => norm(subtract(v, scale(normal, dot(v, normal))));
  const degrees = (Math.atan2(across(step), dot(step, normal)) * 180) / Math.PI;
  if (degrees > MOST_TILT_DEGREES) {
    throw new RefusedError(
      namesOf(slices),
      `the slices are stacked ${degrees.toFixed(1)}° off their normal; a gantry tilts by ${MOST_TILT_DEGREES}° at most`,
    );
  }
  const tolerance = PIXEL_TOLERANCE * Math.min(...spacing);
  for (const [i, number] of numbers.entries()) {
    const off = across(subtract(subtract(position(i), position(0)), scale(step, number)));
    if (off > tolerance)
      throw new RefusedError(
        namesOf(slices),
        `${slices[i]?.name} lies ${millimetres(off)} beside the line of the other slices`,
      );
  }
  return step;
}

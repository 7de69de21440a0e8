/**
 * What can be done to prepared pictures where the scans are not at hand. A picture has the coronal projection in its upper
 * half and the sagittal one in its lower half; columns run from feet to head, values from 0 to 1.
 */
import type { RandomStream } from '../../util/random.ts';

export interface PicturePerturbation {
  name: string;
  title: string;
  unit: string;
  strengths: readonly number[];
  what: string;
  /** A new picture of `side` × `side`. */
  apply(picture: Float32Array, side: number, strength: number, random: RandomStream): Float32Array<ArrayBuffer>;
}

type Source = (row: number, column: number) => number;

function drawn(side: number, value: Source): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: side * side }, (_, i) => value(Math.floor(i / side), i % side));
}

const within = (value: number): number => Math.min(1, Math.max(0, value));

/** Columns `from` to `to` (in columns, not whole ones needed) stretched over the whole width, linear between neighbours. */
function stretched(picture: Float32Array, side: number, from: number, to: number): Float32Array<ArrayBuffer> {
  return drawn(side, (row, column) => {
    const place = Math.min(side - 1, from + (column * (to - from)) / side);
    const [left, right] = [Math.floor(place), Math.min(side - 1, Math.floor(place) + 1)];
    const at = (x: number) => picture[row * side + x] as number;
    return at(left) + (place - left) * (at(right) - at(left));
  });
}

function noisy(picture: Float32Array, deviation: number, random: RandomStream): Float32Array<ArrayBuffer> {
  return Float32Array.from(picture, (value) => (value > 0 ? within(value + random.normal(0, deviation)) : 0));
}

/** Both projections moved by whole rows within their halves; 0 comes in. */
function shifted(picture: Float32Array, side: number, rows: number): Float32Array<ArrayBuffer> {
  const half = side / 2;
  return drawn(side, (row, column) => {
    const from = (row % half) - rows;
    return from < 0 || from >= half ? 0 : (picture[(row - rows) * side + column] as number);
  });
}

function averagedColumns(picture: Float32Array, side: number, count: number): Float32Array<ArrayBuffer> {
  return drawn(side, (row, column) => {
    const first = Math.floor(column / count) * count;
    const group = picture.subarray(row * side + first, row * side + Math.min(side, first + count));
    return group.reduce((sum, value) => sum + value, 0) / group.length;
  });
}

const SHARES = [5, 10, 20];

export const PICTURE_PERTURBATIONS: readonly PicturePerturbation[] = [
  {
    name: 'picture_noise',
    title: 'Noise on the picture',
    unit: '% of its range',
    strengths: [1, 3, 6],
    what: 'White noise of this standard deviation on every pixel of the body.',
    apply: (picture, _, percent, random) => noisy(picture, percent / 100, random),
  },
  {
    name: 'picture_shift',
    title: 'Shift across the field',
    unit: 'rows of 112',
    strengths: [-5, -2, 2, 5],
    what: 'Both projections are moved by whole rows to the right and to the front; what leaves them is cut off.',
    apply: (picture, side, rows) => shifted(picture, side, Math.round((rows * side) / 224)),
  },
  {
    name: 'picture_crop_head',
    title: 'Scan range cut at the head',
    unit: '%',
    strengths: SHARES,
    what: 'This share of the columns is missing at the end towards the head; the rest is stretched over the picture.',
    apply: (picture, side, percent) => stretched(picture, side, 0, side * (1 - percent / 100)),
  },
  {
    name: 'picture_crop_feet',
    title: 'Scan range cut at the feet',
    unit: '%',
    strengths: SHARES,
    what: 'This share of the columns is missing at the end towards the feet; the rest is stretched over the picture.',
    apply: (picture, side, percent) => stretched(picture, side, (side * percent) / 100, side),
  },
  {
    name: 'picture_slices_averaged',
    title: 'Thicker slices',
    unit: 'columns in one',
    strengths: [2, 4, 8],
    what: 'So many neighbouring columns are averaged.',
    apply: averagedColumns,
  },
  {
    name: 'picture_gain',
    title: 'Gain of the picture',
    unit: '%',
    strengths: [-10, -5, 5, 10],
    what: 'Every value grows by this share, to 1 at most.',
    apply: (picture, _, percent) => Float32Array.from(picture, (value) => within(value * (1 + percent / 100))),
  },
];

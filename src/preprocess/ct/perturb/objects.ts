/** Things beside the body, painted into the air of a scan: simple shapes, the same from feet to head. */
import { type CanonicalView, closestCanonical, spacing, type Vector3, type Volume } from '../../../formats/volume.ts';
import { type Axis, TO_FRONT, TO_RIGHT } from './blocks.ts';
import { copyOf } from './values.ts';

/** HU below which a voxel is free to be painted, and from which on it is tissue. */
const FREE_BELOW = -400;
const TISSUE_FROM = -300;
/** Share of the field's width in which a surface is looked for. */
const STRIP = 0.06;

const TABLE_HU = -100;
const TABLE_HALF_WIDTH = 210;
/** Air under the back that is thinner than this is none. */
const GAP_UNDER_BACK = 5;

const [FAT_HU, MUSCLE_HU, BONE_HU] = [-90, 50, 700];
/** Radii of an arm's muscle and bone as shares of its own. */
const [MUSCLE_SHARE, BONE_SHARE] = [0.85, 0.28];

interface Field {
  view: CanonicalView;
  /** Of the canonical axes, mm. */
  mm: Vector3;
}

function fieldOf(volume: Volume): Field {
  const view = closestCanonical(volume);
  return { view, mm: spacing(view.affine) };
}

const middleOf = (size: number): number => (size - 1) / 2;

/** Indices of an axis around its middle. */
function strip(size: number): number[] {
  const half = Math.floor((STRIP * size) / 2);
  const first = Math.floor(size / 2) - half;
  return Array.from({ length: 2 * half + 1 }, (_, i) => first + i).filter((i) => i >= 0 && i < size);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * How far tissue reaches from the middle of the field, in mm: along `axis` in direction `sign`, through gaps of at most
 * `gap` mm, in a strip around the middle of the other axis; the median over the slices.
 */
function reach({ data }: Volume, { view, mm }: Field, axis: Axis, sign: 1 | -1, gap: number): number {
  const other: Axis = axis === TO_RIGHT ? TO_FRONT : TO_RIGHT;
  const { size, strides, offset } = view;
  const across = strip(size[other]);
  const start = Math.floor(size[axis] / 2);
  const farthest = (k: number): number => {
    let last = start;
    for (let at = start; at >= 0 && at < size[axis] && (Math.abs(at - last) - 1) * mm[axis] <= gap; at += sign) {
      const place = offset + k * strides[2] + at * strides[axis];
      if (across.some((i) => (data[place + i * strides[other]] as number) >= TISSUE_FROM)) last = at;
    }
    return last;
  };
  const surface = median(Array.from({ length: size[2] }, (_, k) => farthest(k)));
  return sign * (surface - middleOf(size[axis])) * mm[axis];
}

/** Paints every slice's air with `hu` of (x, y) in mm from the middle of the field, to the right and to the front. */
function paint(volume: Volume, { view, mm }: Field, hu: (x: number, y: number) => number | null): Volume {
  const data = copyOf(volume);
  const { size, strides, offset } = view;
  for (let j = 0; j < size[1]; j++) {
    for (let i = 0; i < size[0]; i++) {
      const value = hu((i - middleOf(size[0])) * mm[0], (j - middleOf(size[1])) * mm[1]);
      if (value === null) continue;
      const place = offset + i * strides[0] + j * strides[1];
      for (let k = 0; k < size[2]; k++) {
        const at = place + k * strides[2];
        if ((data[at] as number) < FREE_BELOW) data[at] = value;
      }
    }
  }
  return { ...volume, data };
}

/** A plate of −100 HU, 420 mm wide and `thickness` mm thick, against the back; what leaves the field is cut off. */
export function addTable(volume: Volume, thickness: number): Volume {
  if (thickness === 0) return volume;
  const field = fieldOf(volume);
  const back = -reach(volume, field, TO_FRONT, -1, GAP_UNDER_BACK);
  return paint(volume, field, (x, y) =>
    Math.abs(x) <= TABLE_HALF_WIDTH && y <= back && y > back - thickness ? TABLE_HU : null,
  );
}

/**
 * Two arms beside the body at the height of the field's middle: cylinders of `radius` mm with fat (−90 HU), muscle (50 HU)
 * and bone (700 HU), against the outermost tissue; what leaves the field is cut off.
 */
export function addArms(volume: Volume, radius: number): Volume {
  if (radius === 0) return volume;
  const field = fieldOf(volume);
  const centres = ([1, -1] as const).map(
    (sign) => sign * (reach(volume, field, TO_RIGHT, sign, Number.POSITIVE_INFINITY) + radius),
  );
  return paint(volume, field, (x, y) => {
    const distance = Math.min(...centres.map((centre) => Math.hypot(x - centre, y))) / radius;
    if (distance > 1) return null;
    return distance > MUSCLE_SHARE ? FAT_HU : distance > BONE_SHARE ? MUSCLE_HU : BONE_HU;
  });
}

/**
 * Pictures for the eye. A prepared picture lies on its side: rows 0 … 111 are the coronal projection (row = patient's left
 * to right), rows 112 … 223 the sagittal one (row = back to front), columns run from feet to head. Shown are both upright
 * beside each other as radiologists look at them: head up, the patient's right on the left, the front on the left.
 */
import { heatColour } from './colours.ts';

/** Red, green, blue, each 0 to 255. */
export interface Image {
  width: number;
  height: number;
  channels: 3;
  data: Uint8Array;
}

/** Dots of the shown image for a pixel of the prepared picture, unless told. */
const ENLARGEMENT = 3;
/** Weight of the colour where the map is 1. */
const OPACITY = 0.7;

/** Bilinear value of a `side` × `side` grid at a place given in units of its own pixels, clamped to rows `top` … `bottom`. */
function sample(grid: Float32Array, side: number, row: number, column: number, top: number, bottom: number): number {
  const y = Math.min(bottom, Math.max(top, row));
  const x = Math.min(side - 1, Math.max(0, column));
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [y1, x1] = [Math.min(bottom, y0 + 1), Math.min(side - 1, x0 + 1)];
  const [fy, fx] = [y - y0, x - x0];
  const at = (r: number, c: number) => grid[r * side + c] as number;
  return (at(y0, x0) * (1 - fx) + at(y0, x1) * fx) * (1 - fy) + (at(y1, x0) * (1 - fx) + at(y1, x1) * fx) * fy;
}

/**
 * The value of a grid (picture or map, any even side) under a dot of the shown image. Its two halves are sampled apart, so
 * that nothing bleeds from one projection into the other.
 */
function shown(grid: Float32Array, side: number, size: number, left: number, top: number): number {
  const half = size / 2;
  const sagittal = left >= half;
  const across = (sagittal ? size : half) - left - 0.5;
  const row = (across / half) * (side / 2) - 0.5 + (sagittal ? side / 2 : 0);
  const column = ((size - 1 - top + 0.5) / size) * side - 0.5;
  return sample(grid, side, row, column, sagittal ? side / 2 : 0, sagittal ? side - 1 : side / 2 - 1);
}

function paint(
  side: number,
  colour: (left: number, top: number, size: number) => readonly [number, number, number],
  enlargement = ENLARGEMENT,
): Image {
  const size = side * enlargement;
  const data = new Uint8Array(size * size * 3);
  for (let top = 0; top < size; top++) {
    for (let left = 0; left < size; left++) data.set(colour(left, top, size), (top * size + left) * 3);
  }
  return { width: size, height: size, channels: 3, data };
}

const grey = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));

/** A prepared picture (values 0 to 1, `side` even) as a grey image. */
export function pictureImage(picture: Float32Array, side: number, enlargement = ENLARGEMENT): Image {
  const colour = (left: number, top: number, size: number) => {
    const value = grey(shown(picture, side, size, left, top));
    return [value, value, value] as const;
  };
  return paint(side, colour, enlargement);
}

/** The values of a grid under all dots of a shown image of `size` × `size`. */
function shownGrid(grid: Float32Array, side: number, size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) =>
    Math.min(1, Math.max(0, shown(grid, side, size, i % size, Math.floor(i / size)))),
  );
}

/** Where lines of equal value run, and how many dots wide: the higher, the wider, so that no colour is needed. */
const CONTOURS = [
  { level: 0.25, width: 1 },
  { level: 0.5, width: 2 },
  { level: 0.75, width: 3 },
] as const;

/** Whether a dot is at most `width` dots inside the edge of what reaches `level`, within its own projection. */
function onContour(
  values: Float32Array,
  size: number,
  left: number,
  top: number,
  { level, width }: (typeof CONTOURS)[number],
): boolean {
  if ((values[top * size + left] as number) < level) return false;
  const [from, to] = left < size / 2 ? [0, size / 2 - 1] : [size / 2, size - 1];
  const below = (x: number, y: number) =>
    x >= from && x <= to && y >= 0 && y < size && (values[y * size + x] as number) < level;
  for (let step = 1; step <= width; step++) {
    if (below(left - step, top) || below(left + step, top) || below(left, top - step) || below(left, top + step))
      return true;
  }
  return false;
}

type Colour = [number, number, number];

/** Black on light ground, white on dark. */
function lineOn([red, green, blue]: Colour): Colour {
  const value = 0.299 * red + 0.587 * green + 0.114 * blue > 127 ? 0 : 255;
  return [value, value, value];
}

/**
 * The same with a map (values 0 to 1, any even side) laid over it: the higher the value, the more colour; lines at a quarter,
 * half and three quarters, one, two and three dots wide, show the same without colour.
 */
export function overlayImage(picture: Float32Array, side: number, map: Float32Array, mapSide: number): Image {
  const size = side * ENLARGEMENT;
  const [ground, values] = [shownGrid(picture, side, size), shownGrid(map, mapSide, size)];
  return paint(side, (left, top) => {
    const value = values[top * size + left] as number;
    const base = 255 * (ground[top * size + left] as number);
    const weight = OPACITY * value;
    const colour = heatColour(value).map((heat) => Math.round(base * (1 - weight) + heat * weight)) as Colour;
    return CONTOURS.some((contour) => onContour(values, size, left, top, contour)) ? lineOn(colour) : colour;
  });
}

const OUTLINE = [255, 196, 0] as const;

/** The same at its own size with a mask's (0 or 1, of the picture's size) outline drawn on it. */
export function outlinedImage(picture: Float32Array, side: number, mask: Float32Array): Image {
  const at = (left: number, top: number, size: number) => shown(mask, side, size, left, top) >= 0.5;
  return paint(
    side,
    (left, top, size) => {
      const inside = at(left, top, size);
      const edge = inside && [-1, 1].some((step) => !at(left + step, top, size) || !at(left, top + step, size));
      const value = grey(shown(picture, side, size, left, top));
      return edge ? OUTLINE : [value, value, value];
    },
    1,
  );
}

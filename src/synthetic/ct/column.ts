/**
 * The vertebral column as a curve in the body's own coordinates: x to the left, y to the back, z to the head, in mm, with
 * z = 0 at the disc under L5. Everything else in the trunk hangs on its levels.
 */
import type { Anatomy } from './anatomy.ts';
import { clamp, curveThrough, type Knot } from './interpolate.ts';

export interface Vertebra {
  name: string;
  x: number;
  y: number;
  z: number;
  /** Forward lean of its axis, radians: going up by 1 mm moves sin(tilt) to the front. */
  tilt: number;
  /** Half of the body's height, width and depth. */
  halfHeight: number;
  halfWidth: number;
  halfDepth: number;
  /** Anterior height relative to the posterior one. */
  wedge: number;
}

export interface Column {
  /** From L5 up to C5. */
  vertebrae: readonly Vertebra[];
  /** Height of a level by name: 'T6' is the middle of its body, a number stands for itself. */
  height(level: Level): number;
  /** Middle of the vertebral bodies at a height. */
  x(z: number): number;
  y(z: number): number;
  /** Scale of all lengths relative to a person of 170 cm. */
  scale: number;
}

export type Level = string | number;

/** Name, body height, disc above, half width and half depth in mm at 170 cm, from below upwards. */
const TEMPLATE: readonly (readonly [string, number, number, number, number])[] = [
  ['L5', 27, 11, 26, 18],
  ['L4', 27, 11, 25, 18],
  ['L3', 27, 10.5, 24, 17.5],
  ['L2', 26.5, 10, 23, 17],
  ['L1', 26, 9, 22, 16.5],
  ['T12', 25, 7.5, 21, 16],
  ['T11', 23, 6.5, 20, 16],
  ['T10', 22, 6, 19, 16],
  ['T9', 21, 5.5, 18, 15.5],
  ['T8', 20.5, 5, 17.5, 15],
  ['T7', 20, 5, 17, 14.5],
  ['T6', 19.5, 5, 16.5, 14],
  ['T5', 19, 5, 16, 13],
  ['T4', 18.5, 5, 15.5, 12],
  ['T3', 18, 5, 15.5, 11],
  ['T2', 17.5, 5, 16, 10],
  ['T1', 17, 5, 16, 9.5],
  ['C7', 14, 5.5, 14, 9],
  ['C6', 13, 5.5, 13, 8.5],
  ['C5', 13, 5.5, 12.5, 8.5],
];
const LOWEST_DISC = 11;
/** Where the average vertebral body of T4–L4 lies behind the middle of the picture. */
const MEAN_DEPTH = 8;

/** Share of a region's curve that is reached at share t of its length: curvature is somewhat greater in the middle. */
function turned(t: number): number {
  const u = clamp(t, 0, 1);
  return u - (0.5 * Math.sin(2 * Math.PI * u)) / (2 * Math.PI);
}

/** Tilt along the column by its length, before the whole is set upright. */
function tiltAlong(anatomy: Anatomy, lumbar: number, total: number): (length: number) => number {
  const kyphosis = (anatomy.kyphosisDegrees * Math.PI) / 180;
  const lordosis = (anatomy.lordosisDegrees * Math.PI) / 180;
  return (length) => kyphosis * turned((length - lumbar) / (total - lumbar)) - lordosis * turned(length / lumbar);
}

interface Placed {
  name: string;
  length: number;
  row: (typeof TEMPLATE)[number];
}

function stack(anatomy: Anatomy, scale: number): Placed[] {
  let length = (LOWEST_DISC * anatomy.discHeightRatio * scale) / 2;
  return TEMPLATE.map((row) => {
    const [name, body, disc] = row;
    const middle = length + (body * scale) / 2;
    length += (body + disc * anatomy.discHeightRatio) * scale;
    return { name, length: middle, row };
  });
}

const lengthOf = (placed: readonly Placed[], name: string): number =>
  (placed.find((vertebra) => vertebra.name === name) as Placed).length;

/** Walks along the column in steps of 1 mm; `lean` is added to the tilt everywhere. */
function walk(tilt: (length: number) => number, lean: number, end: number): { z: number[]; y: number[] } {
  const [z, y] = [[0], [0]];
  for (let length = 1; length <= end; length++) {
    const angle = tilt(length - 0.5) + lean;
    z.push((z[length - 1] as number) + Math.cos(angle));
    y.push((y[length - 1] as number) - Math.sin(angle));
  }
  return { z, y };
}

/** Wedging is greatest at the top of the kyphosis, T8, and absent beyond T4 and L1. */
function wedgeAt(index: number, anatomy: Anatomy): number {
  const distance = Math.abs(index - 9);
  return 1 - (1 - anatomy.vertebralWedge) * clamp(1 - distance / 5, 0, 1);
}

/** The column's middle line by its length, upright, with the body's middle near y = 0. */
interface Line {
  y(length: number): number;
  z(length: number): number;
  tilt(length: number): number;
}

/** Leans the curve so that T1 stands over the sacrum, and centres it between L4 and T4. */
function upright(anatomy: Anatomy, placed: readonly Placed[]): Line {
  const top = lengthOf(placed, 'T1');
  const end = Math.ceil(lengthOf(placed, 'C5')) + 20;
  const tilt = tiltAlong(anatomy, lengthOf(placed, 'T12'), top);
  const leaning = walk(tilt, 0, end);
  const lean = Math.atan2(leaning.y[Math.round(top)] as number, leaning.z[Math.round(top)] as number);
  const path = walk(tilt, lean, end);
  const [low, high] = [Math.round(lengthOf(placed, 'L4')), Math.round(lengthOf(placed, 'T4'))];
  const middle = path.y.slice(low, high).reduce((sum, y) => sum + y, 0) / (high - low);
  return {
    y: (length) => (path.y[Math.round(length)] as number) - middle + MEAN_DEPTH,
    z: (length) => path.z[Math.round(length)] as number,
    tilt: (length) => tilt(length) + lean,
  };
}

/** Builds the column of a subject. */
export function buildColumn(anatomy: Anatomy): Column {
  const scale = anatomy.heightCm / 170;
  const placed = stack(anatomy, scale);
  const line = upright(anatomy, placed);
  const topZ = line.z(lengthOf(placed, 'T1'));
  const x = (z: number): number => anatomy.scoliosisMm * Math.sin((2.6 * Math.PI * clamp(z, 0, topZ)) / topZ);
  const vertebrae = placed.map(({ name, length, row }, index): Vertebra => {
    const [, bodyHeight, , halfWidth, halfDepth] = row;
    const z = line.z(length);
    return {
      name,
      x: x(z),
      y: line.y(length),
      z,
      tilt: line.tilt(length),
      halfHeight: (bodyHeight * scale) / 2,
      halfWidth: halfWidth * scale,
      halfDepth: halfDepth * scale,
      wedge: wedgeAt(index, anatomy),
    };
  });
  const base = line.y(0);
  const y = curveThrough([...vertebrae.map((v): Knot => [v.z, v.y]), [0, base], [-110 * scale, base + 62 * scale]]);
  const heights = new Map(vertebrae.map((v) => [v.name, v.z]));
  const height = (level: Level): number => {
    const z = typeof level === 'number' ? level * scale : heights.get(level);
    if (z === undefined) throw new RangeError(`no vertebra ${level}`);
    return z;
  };
  return { vertebrae, height, x, y, scale };
}

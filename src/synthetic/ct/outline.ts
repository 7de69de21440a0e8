/**
 * The trunk's outline: at each height nested closed curves, skin around muscle around the cavity that ribs and the
 * abdominal wall enclose, and the diaphragm that divides the cavity.
 */
import type { Anatomy } from './anatomy.ts';
import type { Column, Level } from './column.ts';
import { clamp, curveThrough, mix, remembered } from './interpolate.ts';

/** A closed curve about (0, y): half width, half depth to the front and to the back, mm. */
export interface Oval {
  width: number;
  front: number;
  back: number;
}

export interface Section {
  /** Middle of the cavity. */
  y: number;
  /** Middle of the vertebral bodies. */
  spine: number;
  cavity: Oval;
  muscle: Oval;
  skin: Oval;
  /** Thickness of the cavity's wall that holds the ribs, mm. */
  wall: number;
}

export interface Outline {
  section(z: number): Section;
  /** Height of the diaphragm above a point. */
  diaphragm(x: number, y: number, z: number): number;
  /** How deep a point lies inside the cavity, mm. */
  cavityDepth(x: number, y: number, z: number): number;
  /** Top of the right dome. */
  domeTop: number;
  /** Top of the lungs. */
  apex: number;
}

type Row = readonly [Level, number];

/** Values by level at 170 cm, in mm; numbers as levels are mm under the disc of L5 at 170 cm. */
const CAVITY_WIDTH: readonly Row[] = [
  ['C7', 8],
  ['T1', 50],
  ['T2', 74],
  ['T3', 93],
  ['T4', 106],
  ['T6', 122],
  ['T8', 130],
  ['T10', 133],
  ['T12', 127],
  ['L2', 117],
  ['L4', 116],
  [0, 116],
  [-60, 112],
  [-110, 105],
];
const CAVITY_FRONT: readonly Row[] = [
  ['C7', 18],
  ['T1', 38],
  ['T2', 56],
  ['T4', 84],
  ['T6', 104],
  ['T8', 117],
  ['T10', 124],
  ['T12', 119],
  ['L2', 100],
  ['L4', 92],
  [0, 96],
  [-60, 90],
  [-110, 70],
];
const CAVITY_BACK: readonly Row[] = [
  ['C7', 12],
  ['T1', 18],
  ['T4', 25],
  ['T7', 30],
  ['T10', 30],
  ['T12', 27],
  ['L2', 21],
  ['L4', 20],
  [0, 26],
  [-60, 66],
  [-110, 84],
];
const SKIN_BACK: readonly Row[] = [
  ['C5', 48],
  ['C7', 54],
  ['T2', 66],
  ['T6', 66],
  ['T10', 65],
  ['T12', 67],
  ['L2', 72],
  ['L4', 76],
  [0, 84],
  [-60, 104],
  [-110, 108],
];
const WALL_SIDE: readonly Row[] = [
  ['C5', 56],
  ['C7', 58],
  ['T1', 56],
  ['T2', 58],
  ['T3', 56],
  ['T4', 48],
  ['T5', 38],
  ['T6', 30],
  ['T8', 19],
  ['T10', 14],
  ['T12', 14],
  ['L2', 20],
  ['L4', 21],
  [0, 44],
  [-60, 58],
  [-110, 58],
];
const WALL_FRONT: readonly Row[] = [
  ['C5', 40],
  ['C7', 36],
  ['T2', 27],
  ['T4', 25],
  ['T6', 20],
  ['T8', 16],
  ['T10', 13],
  ['L2', 13],
  ['L4', 13],
  [0, 13],
  [-60, 17],
  [-110, 22],
];
const FAT_FRONT: readonly Row[] = [
  ['C7', 0.3],
  ['T4', 0.5],
  ['T8', 0.6],
  ['T12', 0.9],
  ['L2', 1.25],
  ['L4', 1.4],
  [0, 1.4],
  [-110, 1.1],
];

/** Exponent of the ovals: a little squarer than an ellipse. */
export const SQUARENESS = 2.3;

type Curve = (z: number) => number;

/** The tables as curves over height for one subject, and shares (0 … 1) of where an effect acts. */
function profiles(column: Column, female: boolean) {
  const shares = (...rows: Row[]): Curve => curveThrough(rows.map(([level, value]) => [column.height(level), value]));
  const lengths = (rows: readonly Row[]): Curve =>
    curveThrough(rows.map(([level, value]) => [column.height(level), value * column.scale]));
  return {
    width: lengths(CAVITY_WIDTH),
    front: lengths(CAVITY_FRONT),
    back: lengths(CAVITY_BACK),
    skinBack: lengths(SKIN_BACK),
    wallSide: lengths(WALL_SIDE),
    wallFront: lengths(WALL_FRONT),
    fatFront: shares(...FAT_FRONT),
    hips: shares(['L4', 0], [-60, female ? 1 : 0.4]),
    belly: shares(['T10', 0], ['L1', 1], ['L4', 1], [-70, 0.3]),
    chest: shares(['T1', 0], ['T4', 1], ['T10', 1], ['L2', 0]),
    spines: shares(['C7', 0.7], ['T3', 1]),
  };
}

function sectionAt(z: number, curves: ReturnType<typeof profiles>, column: Column, anatomy: Anatomy): Section {
  const { subcutaneousFatMm: fat, muscleRatio, visceralFat } = anatomy;
  const spine = column.y(z);
  // On the table the back lies flat, whatever the curve of the spine.
  const settled = mix(spine, 8, 0.65);
  const depthRatio = 1 + (anatomy.chestDepthRatio - 1) * curves.chest(z);
  const bulge = curves.belly(z) * (visceralFat - 0.25);
  const cavityBack = spine + curves.back(z);
  const cavityFront = settled - curves.front(z) * depthRatio - 48 * bulge;
  const y = (cavityBack + cavityFront) / 2;
  const half = (cavityBack - cavityFront) / 2;
  const cavity = { width: curves.width(z) + 24 * bulge + (anatomy.bmi - 25) * 0.7, front: half, back: half };
  // The spinous processes reach 64 mm behind the bodies, and flesh covers them.
  const covered = spine + curves.spines(z) * (68 * column.scale + 0.3 * fat);
  const skinBack = Math.max(covered, settled + curves.skinBack(z) + 0.6 * (fat - 14)) - y;
  const muscle = {
    width: cavity.width + curves.wallSide(z) * mix(0.45, 1, muscleRatio),
    front: half + curves.wallFront(z) * mix(0.5, 1, muscleRatio),
    back: Math.max(half + 10, skinBack - Math.max(4, 0.7 * fat)),
  };
  const skin = {
    width: muscle.width + fat * (0.8 + 0.9 * curves.hips(z)),
    front: muscle.front + fat * curves.fatFront(z),
    back: Math.max(muscle.back + 4, skinBack),
  };
  return { y, spine, cavity, muscle, skin, wall: 9 * column.scale };
}

/** Builds the outline; `inspiration` lifts (shallow) or lowers (deep) the diaphragm, mm. */
export function buildOutline(anatomy: Anatomy, female: boolean, column: Column, inspiration: number): Outline {
  const { scale } = column;
  const curves = profiles(column, female);
  const section = remembered((z) => sectionAt(z, curves, column, anatomy));
  const domeTop = column.height('T10') + 6 * scale + inspiration;
  return {
    section,
    domeTop,
    apex: column.height('T1') + 6 * scale,
    diaphragm(x, y, z) {
      const { cavity, y: middle } = section(z);
      const u = (Math.abs(x) - 0.5 * cavity.width) / (0.52 * cavity.width);
      const v = (y - middle) / cavity.back;
      const left = x > 0 ? 12 : 0;
      return domeTop - left - scale * (46 * (u * u + v * v) + 34 * clamp(v, 0, 1) ** 2);
    },
    cavityDepth(x, y, z) {
      const { cavity, y: middle, wall } = section(z);
      const u = x / (cavity.width - wall);
      const v = (y - middle) / (cavity.back - wall);
      return (1 - Math.sqrt(u * u + v * v)) * Math.min(cavity.width, cavity.back);
    },
  };
}

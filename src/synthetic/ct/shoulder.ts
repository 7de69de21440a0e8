/** Sternum, collar bones, shoulder blades, shoulders and arms. */
import type { Body } from './body.ts';
import { clamp } from './interpolate.ts';
import { capsule, ellipsoid, mirrored, type Part, type Point, type Shape, shelled, solid } from './shapes.ts';
import { FAT_HU } from './trunk.ts';

export type Arms = 'up' | 'down' | 'out of view';

const both = (shape: Shape): Shape[] => [shape, mirrored(shape)];

/** Front wall of the chest at a height. */
function frontWall({ outline }: Body, z: number): number {
  const { y, cavity } = outline.section(z);
  return y - cavity.front;
}

/** Manubrium, body and xiphoid: flat bones on the front wall. The xiphoid ossifies with the cartilage. */
function sternum(body: Body): Part[] {
  const { anatomy, column } = body;
  const { scale } = column;
  const core = 0.75 * anatomy.trabecularHu;
  const piece = (level: string, shift: number, halfWidth: number, halfHeight: number): Shape => {
    const z = column.height(level) + shift * scale;
    return ellipsoid([0, frontWall(body, z) + 4, z], [halfWidth * scale, 8 * scale, halfHeight * scale]);
  };
  const bones = [piece('T3', -6, 27, 27), piece('T6', 12, 17, 30), piece('T7', 0, 18, 30), piece('T8', -4, 17, 22)];
  const xiphoid = piece('T9', -14, 8, 20);
  return [
    ...bones.map((shape) => shelled(shape, anatomy.corticalHu, anatomy.corticalRatio, core)),
    solid(xiphoid, 110 + 420 * clamp(anatomy.cartilageCalcification * 1.2 - 0.2, 0, 1)),
  ];
}

function girdle(body: Body, arms: Arms): Part[] {
  const { anatomy, column } = body;
  const { scale } = column;
  const lift = arms === 'down' ? 0 : 22 * scale;
  const shoulder: Point = [158 * scale, column.y(column.height('T2')) - 10, column.height('T2') + lift];
  const inner: Point = [16 * scale, frontWall(body, column.height('T2')) - 4, column.height('T3') + 12 * scale];
  const blade = (x: number, y: number, z: number): Point => [
    x * scale,
    shoulder[1] + y,
    column.height('T4') + z * scale + 0.7 * lift,
  ];
  const bones = [
    capsule(inner, [134 * scale, shoulder[1] - 8, shoulder[2] + 18 * scale], 6 * scale),
    // The shoulder blade: a spine and a plate made of rods beside the ribs.
    capsule(blade(78, 58, 6), [136 * scale, shoulder[1] + 14, shoulder[2] + 14 * scale], 4.5 * scale),
    capsule(blade(76, 56, 10), blade(92, 50, -78), 3.2 * scale),
    capsule(blade(128, 28, 6), blade(96, 48, -76), 3.6 * scale),
    capsule(blade(100, 48, 8), blade(97, 48, -62), 2.4 * scale),
    ellipsoid(shoulder, [23 * scale, 23 * scale, 23 * scale]),
  ];
  const core = anatomy.trabecularHu + 30;
  return bones.flatMap(both).map((shape) => shelled(shape, anatomy.corticalHu, 1.2 * anatomy.corticalRatio, core));
}

/** Flesh of the shoulders and, when they lie in the picture, the arms. */
export function fleshParts(body: Body, arms: Arms): Part[] {
  const { anatomy, column } = body;
  const { scale } = column;
  const fat = 0.5 * anatomy.subcutaneousFatMm;
  const lift = arms === 'down' ? -4 : 18 * scale;
  const centre: Point = [128 * scale, column.y(column.height('T2')) - 6, column.height('T2') + lift];
  const girth = 0.75 + 0.25 * anatomy.muscleRatio;
  const shell = (r: Point): Shape[] => both(ellipsoid(centre, r));
  const muscle: Point = [66 * scale * girth, 52 * scale * girth, 56 * scale];
  return [
    ...shell([muscle[0] + fat, muscle[1] + fat, muscle[2] + fat]).map((shape) => solid(shape, FAT_HU)),
    ...shell(muscle).map((shape) => solid(shape, anatomy.muscleHu)),
    ...armParts(body, arms, centre),
  ];
}

/** Upper arms raised out of the picture, or arms beside the trunk with the two bones of the forearm. */
function armParts(body: Body, arms: Arms, shoulder: Point): Part[] {
  if (arms === 'out of view') return [];
  const { anatomy, column, outline } = body;
  const { scale } = column;
  const waist = outline.section(column.height('L2')).skin.width;
  const r = (33 + 0.3 * anatomy.subcutaneousFatMm) * scale;
  const from: Point = [shoulder[0] + 30 * scale, shoulder[1], shoulder[2]];
  const elbow: Point = [Math.max(188 * scale, waist + r + 3), shoulder[1] + 16, column.height('L1')];
  const hand: Point = [elbow[0] - 2, shoulder[1] - 14, -190];
  const raised: Point = [172 * scale, shoulder[1] - 20, shoulder[2] + 200];
  const upper: readonly [Point, Point] = arms === 'up' ? [from, raised] : [from, elbow];
  const limbs = arms === 'up' ? [upper] : [upper, [elbow, hand] as const];
  const flesh = (shrink: number, hu: number): Part[] =>
    limbs.flatMap(([a, b]) => both(capsule(a, b, r - shrink, 0.84 * r - shrink)).map((shape) => solid(shape, hu)));
  const beside = ([x, y, z]: Point, shift: number): Point => [x + shift, y + shift, z];
  const bones = [
    capsule(upper[0], upper[1], 11 * scale),
    ...(arms === 'up' ? [] : [-9, 9].map((shift) => capsule(beside(elbow, shift), beside(hand, shift), 6.5 * scale))),
  ];
  return [
    ...flesh(0, FAT_HU),
    ...flesh((4 + 0.25 * anatomy.subcutaneousFatMm) * scale, anatomy.muscleHu),
    ...bones.flatMap(both).map((shape) => shelled(shape, 0.8 * anatomy.corticalHu, 3 * anatomy.corticalRatio, 60)),
  ];
}

/** Bones of the chest's front and of the shoulders. */
export function thoraxParts(body: Body, arms: Arms): Part[] {
  return [...girdle(body, arms), ...sternum(body)];
}

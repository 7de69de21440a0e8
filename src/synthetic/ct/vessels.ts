/** Aorta and iliac arteries with the calcified plaques of their walls, and the vessels of the lungs. */
import type { Body } from './body.ts';
import { curveThrough, type Knot, mix } from './interpolate.ts';
import { capsule, ellipsoid, type Part, type Point, shelled, solid, tube } from './shapes.ts';

const BLOOD_HU = 42;

interface Artery {
  path: Point[];
  radius: number[];
}

/** A smooth path through points, `steps` stretches between each two. */
function smoothPath(points: readonly Point[], steps: number): Point[] {
  const axis = (k: 0 | 1 | 2) => curveThrough(points.map((point, i): Knot => [i, point[k]]));
  const [x, y, z] = [axis(0), axis(1), axis(2)];
  return Array.from(
    { length: (points.length - 1) * steps + 1 },
    (_, i): Point => [x(i / steps), y(i / steps), z(i / steps)],
  );
}

/** Root, arch, descending and abdominal aorta down to its fork at L4. */
function aorta(body: Body): Artery {
  const { anatomy, column } = body;
  const { scale: s } = column;
  const r = anatomy.aorticRadiusMm;
  const stream = body.stream('aorta');
  const phase = stream.uniform(-0.6, 0.6);
  const at = (level: string, x: number, forward: number, rise = 0): Point => {
    const z = column.height(level) + rise * s;
    const sway = anatomy.aorticSwayMm * Math.sin(z / (34 * s) + phase);
    return [column.x(z) + x * s + sway, column.y(z) - forward * s, z];
  };
  const front = (level: string): number =>
    (column.vertebrae.find((v) => v.name === level)?.halfDepth ?? 0) / s + r / s + 1;
  const points = [
    at('T7', 0, 66),
    at('T5', -22, 66),
    at('T4', -17, 56, 2),
    at('T3', 1, 40, -4),
    at('T4', 15, 22, 6),
    at('T5', 20, 10, 6),
    at('T7', 19, 13),
    at('T9', 16, 20),
    at('T11', 9, 26),
    at('L1', 4, front('L1')),
    at('L2', 4, front('L2')),
    at('L3', 4, front('L3')),
    at('L4', 2, front('L4')),
  ];
  const path = smoothPath(points, 5);
  const width = curveThrough([
    [0, 1.45],
    [3, 1.25],
    [5, 1.08],
    [8, 1],
    [12, 0.84],
  ]);
  return { path, radius: path.map((_, i) => r * width(i / 5)) };
}

/** Common and external iliac artery of one side. */
function iliac(body: Body, from: Point, side: number): Artery {
  const { anatomy, column } = body;
  const { scale: s } = column;
  const at = (x: number, forward: number, z: number): Point => [side * x * s, column.y(z * s) - forward * s, z * s];
  const path = smoothPath([from, at(26, 34, 2), at(48, 54, -40), at(66, 96, -80), at(80, 122, -125)], 4);
  return { path, radius: path.map((_, i) => anatomy.aorticRadiusMm * mix(0.52, 0.4, i / path.length)) };
}

/**
 * Plaques sit at fixed places of the wall and become calcified one after the other as the share of calcification passes
 * each one's own threshold; from then on they grow and harden. They favour the wall towards the spine.
 */
function plaques(
  { path, radius }: Artery,
  count: number,
  calcification: number,
  first: number,
  stream: ReturnType<Body['stream']>,
): Part[] {
  const parts: Part[] = [];
  for (let j = 0; j < count; j++) {
    const threshold = (j + stream.uniform()) / count;
    const place = mix(first, 1, stream.uniform()) * (path.length - 1);
    const angle = Math.PI * (0.5 + stream.normal(0, 0.45));
    const size = stream.uniform(0.75, 1.25);
    const grown = calcification - threshold;
    if (grown <= 0) continue;
    const i = Math.min(path.length - 2, Math.floor(place));
    const [a, b] = [path[i] as Point, path[i + 1] as Point];
    const t = place - i;
    const r = radius[i] as number;
    const centre: Point = [
      mix(a[0], b[0], t) + r * Math.cos(angle),
      mix(a[1], b[1], t) + r * Math.sin(angle),
      mix(a[2], b[2], t),
    ];
    const thick = (1.9 + 2.2 * grown) * size;
    const hu = Math.min(1300, 540 + 700 * calcification + 200 * grown);
    parts.push(solid(ellipsoid(centre, [thick, thick, (4.5 + 8 * grown) * size]), hu));
  }
  return parts;
}

/** Arteries of the trunk, and their plaques, which are painted after the spine that they may touch. */
export function arteryParts(body: Body): { arteries: Part[]; calcified: Part[] } {
  const { anatomy, contrast } = body;
  const trunk = aorta(body);
  const fork = trunk.path.at(-1) as Point;
  const legs = [iliac(body, fork, 1), iliac(body, fork, -1)];
  const stream = body.stream('plaques');
  const arteries = [...legs, trunk].flatMap(({ path, radius }) =>
    tube(path, (i) => radius[i] as number).map((shape) => shelled(shape, 52, 1.5, BLOOD_HU + contrast)),
  );
  const calcified = [
    ...plaques(trunk, 110, anatomy.aorticCalcification, 0.2, stream),
    ...legs.flatMap((leg) => plaques(leg, 26, anatomy.aorticCalcification, 0, stream)),
  ];
  return { arteries, calcified };
}

const unit = ([x, y, z]: Point): Point => {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
};

/** One branch of the lung's tree and, from its end, its own branches. */
function branch(
  body: Body,
  from: Point,
  direction: Point,
  length: number,
  radius: number,
  order: number,
  parts: Part[],
  stream: ReturnType<Body['stream']>,
): void {
  const to: Point = [from[0] + direction[0] * length, from[1] + direction[1] * length, from[2] + direction[2] * length];
  const { outline } = body;
  const outside = outline.cavityDepth(...to) < 4 || to[2] < outline.diaphragm(...to) + 3 || to[2] > outline.apex - 6;
  if (outside && order > 1) return;
  parts.push(solid(capsule(from, to, radius, 0.82 * radius), 30 + 0.5 * body.contrast));
  if (order === 5) return;
  for (let child = 0; child < 2; child++) {
    const bend = (): number => stream.normal(0, 0.42);
    const next = unit([direction[0] + bend(), direction[1] + bend(), direction[2] + bend()]);
    branch(body, to, next, length * stream.uniform(0.68, 0.9), radius * 0.79, order + 1, parts, stream);
  }
}

/** Arteries and veins of the lungs: trees that fan out from the roots. */
export function lungVesselParts(body: Body): Part[] {
  const { column, outline } = body;
  const { scale: s } = column;
  const stream = body.stream('lung vessels');
  const z = column.height('T6');
  const parts: Part[] = [];
  for (const side of [-1, 1]) {
    const root: Point = [side * 40 * s, column.y(z) - 30 * s, z];
    const { cavity, y } = outline.section(z);
    const targets = 12;
    for (let i = 0; i < targets; i++) {
      const rise = mix(-1.15, 1.1, (i + stream.uniform(0.2, 0.8)) / targets);
      const across = stream.uniform(0.35, 1) * cavity.width - 40 * s;
      const along = stream.uniform(-0.75, 0.75) * cavity.back + y - root[1];
      branch(
        body,
        root,
        unit([side * across, along, rise * 95 * s]),
        stream.uniform(24, 34) * s,
        4.4 * s,
        1,
        parts,
        stream,
      );
    }
  }
  return parts;
}

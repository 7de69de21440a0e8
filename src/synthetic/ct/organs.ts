/** Heart, airways, liver, spleen, stomach, kidneys, bowel, psoas, bladder and the fat that holds them. */
import type { Body } from './body.ts';
import { mix, smoothstep } from './interpolate.ts';
import { capsule, ellipsoid, mirrored, type Part, type Point, type Shape, shelled, solid, tube } from './shapes.ts';
import { FAT_HU } from './trunk.ts';

const BLOOD_HU = 42;
const GAS_HU = -960;

/** Front and back of the cavity at a height. */
function walls(body: Body, z: number): { front: number; middle: number; back: number; width: number; spine: number } {
  const { y, cavity, spine } = body.outline.section(z);
  return { front: y - cavity.front, middle: y, back: y + cavity.back, width: cavity.width, spine };
}

/** Fat and loose tissue between the lungs, from the breastbone to the spine. */
function mediastinum(body: Body): Part {
  const { column, outline } = body;
  const shape: Shape = {
    low: outline.domeTop - 60 * column.scale,
    high: outline.apex + 4,
    region: (z) => {
      const { middle, front } = walls(body, z);
      return { x: 2, y: middle, halfWidth: 40 * column.scale, halfDepth: middle - front };
    },
    depth(x, y, z) {
      const { front, back, spine } = walls(body, z);
      const t = (y - front) / (back - front);
      const halfWidth = (11 + 19 * smoothstep(0.1, 0.45, t)) * column.scale;
      return Math.min(halfWidth - Math.abs(x - 2), spine + 4 - y, y - front - 5);
    },
  };
  return solid(shape, -55);
}

/** The thymus behind the upper breastbone; where it has gone, fat. */
function thymus(body: Body): Part {
  const { anatomy, column } = body;
  const { scale: s } = column;
  const z = column.height('T5') + 4 * s;
  const share = anatomy.thymusShare;
  const centre: Point = [2, walls(body, z).front + 27 * s, z];
  return solid(ellipsoid(centre, [26 * s, (11 + 5 * share) * s, 38 * s]), mix(FAT_HU + 10, 48, share));
}

/** Trachea to its fork at T5, main bronchi to the roots of the lungs. */
export function airwayParts(body: Body): Part[] {
  const { column } = body;
  const { scale } = column;
  const at = (level: string, x: number, forward: number): Point => {
    const z = column.height(level);
    return [x * scale, column.y(z) - forward * scale, z];
  };
  const fork = at('T5', -1, 34);
  const stretches: [Point, Point, number, number][] = [
    [at('C6', 0, 22), at('T2', 0, 26), 8.5, 8.5],
    [at('T2', 0, 26), fork, 8.5, 8],
    [fork, at('T6', -30, 32), 6.5, 5],
    [fork, at('T6', 36, 30), 6.2, 4.6],
  ];
  return stretches.map(([from, to, r0, r1]) =>
    shelled(capsule(from, to, (r0 + 2) * scale, (r1 + 2) * scale), 20, 2 * scale, GAS_HU),
  );
}

/** The heart's chambers between breastbone, diaphragm and spine, in their fat. */
function chambers(body: Body): Part[] {
  const { anatomy, column, contrast, outline } = body;
  const s = column.scale * anatomy.heartRatio;
  const z = outline.domeTop + 8 * column.scale;
  const { front } = walls(body, z);
  const back = column.y(z) - 20 * column.scale;
  const deep = Math.min(1, (back - front) / (112 * s));
  const at = (x: number, share: number, rise: number): Point => [x * s, mix(front, back, share), z + rise * s];
  const blood = BLOOD_HU + 0.75 * contrast;
  return [
    solid(ellipsoid(at(18, 0.48, 4), [66 * s, 58 * s * deep, 50 * s], 0.4), FAT_HU + 15),
    shelled(ellipsoid(at(36, 0.5, 0), [44 * s, 44 * s * deep, 43 * s], 0.4), 50, 9 * s, blood),
    shelled(ellipsoid(at(12, 0.33, 0), [46 * s, 32 * s * deep, 44 * s], 0.25), 46, 3, blood),
    solid(ellipsoid(at(-26, 0.55, 10), [29 * s, 34 * s * deep, 40 * s]), blood),
    solid(ellipsoid(at(2, 0.86, 32), [36 * s, 21 * s, 27 * s]), blood),
    solid(ellipsoid(at(4, 0.5, 42), [26 * s, 24 * s * deep, 26 * s]), blood),
  ];
}

/** Heart, pulmonary trunk and arteries, hollow veins. */
export function heartParts(body: Body): Part[] {
  const { anatomy, column, contrast } = body;
  const s = column.scale * anatomy.heartRatio;
  const blood = BLOOD_HU + 0.75 * contrast;
  const root = column.height('T6');
  const behind = (forward: number): number => column.y(root) - forward * column.scale;
  return [
    mediastinum(body),
    thymus(body),
    ...chambers(body),
    solid(capsule([18 * s, behind(68), root - 18], [12 * s, behind(50), root + 12], 13 * s), blood),
    solid(capsule([12 * s, behind(48), root + 10], [-40 * s, behind(34), root], 11 * s, 8 * s), blood),
    solid(capsule([14 * s, behind(48), root + 12], [42 * s, behind(26), root + 10], 11 * s, 8 * s), blood),
    solid(
      capsule([-24 * s, behind(52), root - 30], [-26 * s, behind(48), column.height('T3')], 9 * s),
      BLOOD_HU + 0.6 * contrast,
    ),
    // Inferior vena cava, to the right of the aorta.
    ...tube(
      ['L5', 'L3', 'L1', 'T11', 'T9'].map((level, i): Point => {
        const height = column.height(level);
        return [-18 - 2 * i, column.y(height) - (27 + (i > 2 ? 12 * (i - 2) : 0)) * column.scale, height];
      }),
      () => 10.5 * column.scale,
    ).map((shape) => solid(shape, BLOOD_HU + 0.35 * contrast)),
  ];
}

/** A body kept under the diaphragm and inside the cavity's wall. */
function abdominal(shape: Shape, { outline }: Body): Shape {
  return {
    ...shape,
    depth(x, y, z) {
      const depth = shape.depth(x, y, z);
      if (depth < -4) return depth;
      return Math.min(depth, outline.cavityDepth(x, y, z) - 1, outline.diaphragm(x, y, z) - z - 2);
    },
  };
}

/** Liver, spleen, stomach, kidneys. */
export function upperAbdomenParts(body: Body): Part[] {
  const { anatomy, column, contrast, outline } = body;
  const { scale: s } = column;
  const stream = body.stream('abdomen');
  const top = outline.domeTop;
  const { middle, width, front } = walls(body, top - 50 * s);
  const inside = (shape: Shape): Shape => abdominal(shape, body);
  const vary = (): number => stream.uniform(0.92, 1.08);
  const liver = anatomy.liverHu + 0.22 * contrast;
  const stomach: Point = [52 * s, middle - 22 * s, top - 62 * s];
  const kidney = (side: number): Part[] => {
    const z = column.height(side > 0 ? 'L1' : 'L2') + (side > 0 ? 0 : 10 * s);
    const centre: Point = [side * 58 * s, column.y(z) + 12 * s, z];
    const [rx, ry, rz] = [26 * s * vary(), 24 * s, 54 * s * vary()];
    return [
      solid(ellipsoid(centre, [rx + 12 * anatomy.visceralFat + 2, ry + 8 * anatomy.visceralFat + 2, rz + 8]), FAT_HU),
      shelled(ellipsoid(centre, [rx, ry, rz], side * 0.5), 34 + 0.55 * contrast, 7, 30 + 0.4 * contrast),
      solid(ellipsoid([side * 48 * s, centre[1] - 6 * s, z], [9 * s, 8 * s, 17 * s]), -40),
    ];
  };
  return [
    solid(inside(ellipsoid([-56 * s, middle - 4 * s, top - 60 * s], [86 * s, 92 * s, 96 * s * vary()])), liver),
    solid(inside(ellipsoid([18 * s, front + 44 * s, top - 62 * s], [66 * s, 40 * s, 40 * s * vary()])), liver),
    solid(
      inside(ellipsoid([width - 34 * s, middle + 38 * s, top - 58 * s], [27 * s, 44 * s, 52 * s * vary()])),
      48 + 0.4 * contrast,
    ),
    shelled(inside(ellipsoid(stomach, [46 * s, 38 * s, 52 * s])), 40, 5, stream.uniform(10, 60)),
    solid(
      inside(
        ellipsoid([stomach[0], stomach[1] - 20 * s, stomach[2] + 8 * s], [stream.uniform(14, 30) * s, 13 * s, 24 * s]),
      ),
      GAS_HU,
    ),
    ...kidney(1),
    ...kidney(-1),
  ];
}

/** Loops of small bowel, the frame of the colon with its gas, the bladder. */
export function bowelParts(body: Body): Part[] {
  const { anatomy, column } = body;
  const { scale: s } = column;
  const stream = body.stream('bowel');
  const parts: Part[] = [];
  const thin = 1 - 0.22 * anatomy.visceralFat;
  const [low, high] = [-62 * s, column.height('L1')];
  for (let i = 0; i < 46; i++) {
    const z = mix(low, high, (i + stream.uniform()) / 46);
    const { front, width } = walls(body, z);
    const x = stream.uniform(-0.62, 0.62) * width;
    const y = mix(front + 22 * s, column.y(z) - 40 * s, stream.uniform());
    const radii: Point = [
      stream.uniform(13, 24) * s * thin,
      stream.uniform(11, 16) * s * thin,
      stream.uniform(11, 18) * s,
    ];
    const gas = stream.uniform() < 0.16;
    parts.push(
      shelled(ellipsoid([x, y, z], radii, stream.uniform(-0.8, 0.8)), 38, 4, gas ? GAS_HU : stream.uniform(15, 50)),
    );
  }
  const colon = (path: Point[], r: number): void => {
    tube(path, () => r * s).forEach((shape) => {
      const filled = stream.uniform() < 0.6 ? stream.uniform(-120, 40) : GAS_HU;
      parts.push(shelled(shape, 36, 4, filled));
    });
  };
  const flank = (z: number, side: number): Point => {
    const { width, middle } = walls(body, z);
    return [side * (width - 30 * s), middle + 14 * s, z];
  };
  const heights = [-40 * s, column.height('L4'), column.height('L3'), column.height('L2'), column.height('L1') - 6 * s];
  colon(
    heights.map((z) => flank(z, -1)),
    19,
  );
  colon(
    heights.map((z) => flank(z, 1)),
    15,
  );
  const sag = stream.uniform(0.2, 1);
  const across = [-78, -40, 0, 40, 78].map((x, i): Point => {
    const z = column.height('L2') - sag * ([0, 22, 34, 20, -8][i] as number) * s;
    return [x * s, walls(body, z).front + 27 * s, z];
  });
  colon(across, 16);
  parts.push(solid(ellipsoid([0, column.y(-90 * s) - 88 * s, -100 * s], [38 * s, 30 * s, 30 * s]), 8));
  return parts;
}

/** Psoas from L1 along the spine to the front of the hip: the muscle whose loss is seen best. */
export function psoasParts(body: Body): Part[] {
  const { anatomy, column } = body;
  const { scale: s } = column;
  const bulk = Math.sqrt(anatomy.muscleRatio);
  const at = (z: number, x: number, forward: number): Point => [x * s, column.y(z) - forward * s, z];
  const path = [
    at(column.height('L1'), 25, 0),
    at(column.height('L3'), 38, 2),
    at(column.height('L5'), 48, 14),
    at(-40 * s, 64, 52),
    at(-100 * s, 86, 88),
  ];
  const radii = [7, 15, 19, 18, 14];
  return tube(path, (i) => (radii[i] as number) * bulk * s)
    .flatMap((shape) => [shape, mirrored(shape)])
    .map((shape) => solid(shape, anatomy.muscleHu + 4));
}

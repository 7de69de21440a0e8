/** Hip bones, heads of the thigh bones, and the muscles that lie on them. */
import type { Body } from './body.ts';
import { mix, remembered, smoothstep } from './interpolate.ts';
import { capsule, ellipsoid, mirrored, type Part, type Shape, shelled, solid } from './shapes.ts';

/** Squared distance in the plane from (x, y) to the stretch between two points. */
function squaredDistance(ax: number, ay: number, bx: number, by: number, x: number, y: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-9)));
  const ex = x - ax - t * dx;
  const ey = y - ay - t * dy;
  return ex * ex + ey * ey;
}

const STRETCHES = 6;

/** A section of the iliac wing: its middle line and half thickness. */
interface Plate {
  xs: Float64Array;
  ys: Float64Array;
  halfThickness: number;
}

const HIGHEST = 46;
const LOWEST = -72;

/** The wing's section at a height (mm at 170 cm) as a quadratic curve; `back` is where the sacrum lies. */
function plateAt(z: number, back: number, scale: number): Plate {
  const flare = mix(0.74, 1, smoothstep(LOWEST, HIGHEST, z)) * scale;
  // The crest arches: its top lies in the middle of the wing, so the upper sections are short.
  const from = mix(0, 0.42, smoothstep(8, HIGHEST, z));
  const to = mix(1, 0.62, smoothstep(-12, HIGHEST, z));
  const xs = new Float64Array(STRETCHES + 1);
  const ys = new Float64Array(STRETCHES + 1);
  for (let i = 0; i <= STRETCHES; i++) {
    const t = mix(from, to, i / STRETCHES);
    const u = 1 - t;
    xs[i] = (u * u * 44 + 2 * u * t * 128 + t * t * 126) * flare;
    ys[i] = u * u * (back + 34) + 2 * u * t * (back + 12) + t * t * (back - 92);
  }
  const halfThickness = mix(4, 7, smoothstep(15, HIGHEST, z)) + 3 * smoothstep(-30, LOWEST, z);
  return { xs, ys, halfThickness: halfThickness * scale };
}

/** The iliac wing: at each height a curved plate from the sacroiliac joint outwards to the front, flaring towards its crest. */
function iliacWing({ column, female }: Body): Shape {
  const { scale } = column;
  const back = column.y(-20 * scale);
  const plate = remembered((z) => plateAt(z / scale, back, female ? 1.04 * scale : scale));
  return {
    low: LOWEST * scale,
    high: HIGHEST * scale,
    region(z) {
      const { xs, ys } = plate(z);
      const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
      return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, halfWidth: (x1 - x0) / 2 + 9, halfDepth: (y1 - y0) / 2 + 9 };
    },
    depth(x, y, z) {
      const { xs, ys, halfThickness } = plate(z);
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < STRETCHES; i++) {
        const [ax, ay] = [xs[i] as number, ys[i] as number];
        least = Math.min(least, squaredDistance(ax, ay, xs[i + 1] as number, ys[i + 1] as number, x, y));
      }
      return Math.min(halfThickness - Math.sqrt(least), HIGHEST * scale - z);
    },
  };
}

/** Bones and muscles of the pelvis. */
export function pelvisParts(body: Body): Part[] {
  const { anatomy, column, female } = body;
  const { scale } = column;
  const y = column.y(-20 * scale) - 30;
  const s = scale * (female ? 1.04 : 1);
  const { muscleHu, muscleRatio, corticalHu, corticalRatio } = anatomy;
  const core = anatomy.trabecularHu + 20;
  const both = (shape: Shape): Shape[] => [shape, mirrored(shape)];
  const bulk = Math.sqrt(muscleRatio);
  const muscles = [
    ellipsoid([78 * s, y + 62, -60 * scale], [58 * s, 40 * bulk, 80 * scale], -0.5),
    ellipsoid([112 * s, y + 6, -10 * scale], [26 * bulk, 52, 52 * scale], 0.15),
    ellipsoid([78 * s, y - 8, -4 * scale], [24 * bulk, 46 * bulk, 50 * scale], 0.3),
  ];
  const hip = [92 * s, y - 8, -98 * scale] as const;
  const bones = [
    iliacWing(body),
    ellipsoid([hip[0] - 6, hip[1], hip[2] + 8], [27 * scale, 28 * scale, 36 * scale]),
    capsule([hip[0] - 20, hip[1] - 20, hip[2] + 2], [10, hip[1] - 62, hip[2] - 22], 9 * scale),
  ];
  const joint = ellipsoid(hip, [26 * scale, 26 * scale, 26 * scale]);
  const head = ellipsoid(hip, [23 * scale, 23 * scale, 23 * scale]);
  return [
    ...muscles.flatMap(both).map((shape) => solid(shape, muscleHu)),
    ...bones.flatMap(both).map((shape) => shelled(shape, corticalHu, 1.3 * corticalRatio, core)),
    ...both(joint).map((shape) => solid(shape, 70)),
    ...both(head).map((shape) => shelled(shape, corticalHu, corticalRatio, core + 120)),
  ];
}

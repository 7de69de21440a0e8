/** Vertebrae with arches and processes, discs, canal, osteophytes, sacrum. */
import type { Body } from './body.ts';
import type { Vertebra } from './column.ts';
import { clamp, mix } from './interpolate.ts';
import { capsule, ellipsoid, mirrored, type Part, type Shape, shelled, solid, tube } from './shapes.ts';

const CORTEX_MM = 1.1;

/**
 * A vertebral body or disc: an oval drum in the frame of the tilted spine, waisted in the middle and lower in front by the
 * wedge.
 */
function drum(vertebra: Vertebra, halfHeight: number, waist: number): Shape {
  const { x: cx, y: cy, z: cz, tilt, halfWidth, halfDepth, wedge } = vertebra;
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  const reach = halfHeight * cos + halfDepth * Math.abs(sin);
  return {
    low: cz - reach,
    high: cz + reach,
    region: () => ({ x: cx, y: cy, halfWidth, halfDepth: halfDepth * cos + halfHeight * Math.abs(sin) }),
    depth(x, y, z) {
      const u = (z - cz) * cos - (y - cy) * sin;
      const v = (z - cz) * sin + (y - cy) * cos;
      const height = halfHeight * (1 - (1 - wedge) * (0.5 - (0.5 * v) / halfDepth));
      const narrow = 1 - waist * Math.max(0, 1 - (u * u) / (height * height));
      const a = (x - cx) / (halfWidth * narrow);
      const b = v / (halfDepth * (v > 0 ? 0.92 : 1) * narrow);
      const side = (1 - Math.sqrt(a * a + b * b)) * 0.5 * (halfWidth + halfDepth) * narrow;
      return Math.min(side, height - Math.abs(u));
    },
  };
}

function discs({ column }: Body): Part[] {
  const { vertebrae } = column;
  return vertebrae.slice(1).map((upper, i) => {
    const lower = vertebrae[i] as Vertebra;
    const gap = upper.z - upper.halfHeight - (lower.z + lower.halfHeight);
    const disc: Vertebra = {
      ...lower,
      x: (lower.x + upper.x) / 2,
      y: (lower.y + upper.y) / 2,
      z: lower.z + lower.halfHeight + gap / 2,
      tilt: (lower.tilt + upper.tilt) / 2,
      wedge: 1,
    };
    return solid(drum(disc, Math.max(1, gap / 2 + 1.5), 0), 90);
  });
}

/** Arch and processes behind the body of one vertebra. */
function arch(vertebra: Vertebra, { anatomy, column: { scale } }: Body): Part[] {
  const { name, x, y, z, halfHeight, halfWidth, halfDepth } = vertebra;
  const lumbar = name.startsWith('L');
  const behind = y + halfDepth;
  const r = (lumbar ? 4.6 : 3.7) * scale;
  const slope = lumbar ? 5 : Number(name.slice(1)) >= 10 ? 10 : 20;
  const length = (lumbar ? 27 : 25) * scale;
  const halves = [
    capsule([0.6 * halfWidth, behind - 3, z + 0.35 * halfHeight], [13, behind + 10, z + 0.25 * halfHeight], r),
    capsule([13, behind + 12, z + 2], [2, behind + 21, z - 3], 0.8 * r),
    capsule([13, behind + 12, z - 0.5 * halfHeight], [2, behind + 22, z - 0.6 * halfHeight], 0.8 * r),
    capsule([13, behind + 12, z], [halfWidth + (lumbar ? 19 : 14), behind + (lumbar ? 14 : 24), z + 2], 0.75 * r),
    ellipsoid([14, behind + 12, z - halfHeight - 4], [6, 6, 8]),
  ];
  const process = [0, lumbar ? -9 : -4].map((below) =>
    capsule([x, behind + 21, z - 2 + below], [x, behind + 21 + length, z - slope + below], 0.68 * r),
  );
  const shift = (shape: Shape): Shape => ({
    ...shape,
    region: (height) => ({ ...shape.region(height), x: shape.region(height).x + x }),
    depth: (px, py, pz) => shape.depth(px - x, py, pz),
  });
  const bones = [...halves.map(shift), ...halves.map(mirrored).map(shift), ...process];
  return bones.map((shape) =>
    shelled(shape, 0.75 * anatomy.corticalHu, 0.8 * anatomy.corticalRatio, anatomy.trabecularHu + 60),
  );
}

/** Bony spurs that stand out from the rims of the end plates, on the front and the sides, largest low in the back. */
function osteophytes(body: Body): Part[] {
  const { anatomy, column } = body;
  const stream = body.stream('osteophytes');
  const parts: Part[] = [];
  column.vertebrae.forEach((vertebra, index) => {
    const share = clamp(1.15 - 0.05 * index, 0.25, 1.15);
    for (const end of [-1, 1]) {
      for (const angle of [-65, -30, 0, 30, 65]) {
        const length = anatomy.osteophyteMm * share * stream.uniform(0.5, 1.3);
        if (length < 0.8 || index > 16) continue;
        const [sin, cos] = [Math.sin((angle * Math.PI) / 180), Math.cos((angle * Math.PI) / 180)];
        const at = (radius: number, rise: number): [number, number, number] => [
          vertebra.x + sin * (vertebra.halfWidth + radius),
          vertebra.y - cos * (vertebra.halfDepth + radius),
          vertebra.z + end * (vertebra.halfHeight + rise) + cos * vertebra.halfDepth * Math.sin(vertebra.tilt) * -1,
        ];
        parts.push(
          solid(
            capsule(at(-4, -2), at(length - 1.5, 1), 2.6 + 0.2 * length, 1.8 + 0.15 * length),
            mix(450, 750, clamp(length / 6, 0, 1)),
          ),
        );
      }
    }
  });
  return parts;
}

/** The sacrum: five fused bodies that shrink downwards and run backwards, and the wings that meet the hip bones. */
function sacrum(body: Body): Part[] {
  const { anatomy, column } = body;
  const { scale } = column;
  const core = anatomy.trabecularHu * 0.85;
  const lowest = column.vertebrae[0] as Vertebra;
  const bodies = [0, 1, 2, 3, 4].flatMap((i): Part[] => {
    const z = (-13 - 20 * i) * scale;
    const tilt = 0.55 + 0.06 * i;
    const bone: Vertebra = {
      ...lowest,
      y: column.y(z),
      z,
      tilt,
      halfHeight: (12.5 - 0.6 * i) * scale,
      halfWidth: (26 - 3.2 * i) * scale,
      halfDepth: (16 - 2.2 * i) * scale,
      wedge: 1,
    };
    const crest = capsule([lowest.x, bone.y + 26 - 2 * i, z + 6], [lowest.x, bone.y + 30 - 2 * i, z - 8], 4);
    return [
      shelled(drum(bone, bone.halfHeight, 0), anatomy.corticalHu, 0.9 * anatomy.corticalRatio, core),
      shelled(crest, anatomy.corticalHu, 0.8 * anatomy.corticalRatio, core),
    ];
  });
  const y = column.y(-25 * scale) + 10;
  const wing = ellipsoid([37 * scale, y, -24 * scale], [22 * scale, 17 * scale, 36 * scale], -0.35);
  const wings = [wing, mirrored(wing)].map((shape) => solid(shape, core + 60));
  return [...wings, ...bodies];
}

/** Everything of the spine, in the order in which it is painted. */
export function spineParts(body: Body): Part[] {
  const { anatomy, column } = body;
  const bodies = column.vertebrae.map((vertebra) =>
    shelled(
      drum(vertebra, vertebra.halfHeight, 0.1),
      anatomy.corticalHu,
      CORTEX_MM * anatomy.corticalRatio,
      anatomy.trabecularHu,
    ),
  );
  const canal = tube(
    column.vertebrae.map((v): [number, number, number] => [v.x, v.y + v.halfDepth + 8.5, v.z]),
    () => 8,
  ).map((shape) => solid(shape, 25));
  return [
    ...sacrum(body),
    ...column.vertebrae.flatMap((v) => arch(v, body)),
    ...canal,
    ...discs(body),
    ...bodies,
    ...osteophytes(body),
  ];
}

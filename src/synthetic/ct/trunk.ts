/** Paints skin, fat, muscle, ribs, lungs and the fat of the abdominal cavity: everything that fills the outline. */
import type { RandomStream } from '../../util/random.ts';
import type { Anatomy } from './anatomy.ts';
import type { Canvas } from './canvas.ts';
import type { Column } from './column.ts';
import { clamp } from './interpolate.ts';
import { type Outline, type Oval, SQUARENESS } from './outline.ts';
import { ribBands, ribSection } from './ribs.ts';

/** Directions are sampled by y/(|x|+|y|), which needs no arc tangent, this often on each side. */
const BINS = 384;

export const FAT_HU = -100;

interface Side {
  bands: ReturnType<typeof ribBands>;
  share: Float32Array;
  hu: Float32Array;
}

/** A painter that holds the tables of one subject. */
export function trunkPainter(
  anatomy: Anatomy,
  column: Column,
  outline: Outline,
  stream: RandomStream,
): (canvas: Canvas) => void {
  const across = new Float64Array(BINS);
  const along = new Float64Array(BINS);
  const directions = new Float32Array(BINS);
  for (let i = 0; i < BINS; i++) {
    const q = (2 * (i + 0.5)) / BINS - 1;
    const length = Math.hypot(1 - Math.abs(q), q);
    across[i] = ((1 - Math.abs(q)) / length) ** SQUARENESS;
    along[i] = Math.abs(q / length) ** SQUARENESS;
    directions[i] = Math.atan2(1 - Math.abs(q), q) / Math.PI;
  }
  const side = (): Side => ({
    bands: ribBands(anatomy, column, directions, stream),
    share: new Float32Array(BINS),
    hu: new Float32Array(BINS),
  });
  const sides: [right: Side, left: Side] = [side(), side()];
  const radii = (oval: Oval, shrink: number, out: Float32Array): void => {
    const term = (radius: number): number => Math.max(1, radius - shrink) ** -SQUARENESS;
    const [width, front, back] = [term(oval.width), term(oval.front), term(oval.back)];
    for (let i = 0; i < BINS; i++) {
      out[i] =
        ((across[i] as number) * width + (along[i] as number) * (2 * i < BINS ? front : back)) ** (-1 / SQUARENESS);
    }
  };
  const [skin, fat, muscle, wall] = [0, 1, 2, 3].map(() => new Float32Array(BINS)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const skinHu = 20;

  return (canvas) => {
    const { z, hu, x, y, size, step } = canvas;
    const section = outline.section(z);
    radii(section.skin, 0, skin);
    radii(section.skin, 2, fat);
    radii(section.muscle, 0, muscle);
    radii(section.cavity, 0, wall);
    for (const { bands, share, hu: ribHu } of sides) ribSection(bands, z, step, share, ribHu);
    const aboveLungs = clamp(0.5 + (z - outline.apex) / step, 0, 1);
    const {
      y: middle,
      skin: { width, front, back },
      wall: thickness,
    } = section;
    const [row0, row1, column0, column1] = canvas.window({
      x: 0,
      y: middle + (back - front) / 2,
      halfWidth: width,
      halfDepth: (front + back) / 2,
    });
    for (let row = row0; row < row1; row++) {
      for (let i = row * size + column0; i < row * size + column1; i++) {
        const px = x[i] as number;
        const py = (y[i] as number) - middle;
        const sum = Math.abs(px) + Math.abs(py) + 1e-6;
        const bin = Math.min(BINS - 1, ((py / sum + 1) * 0.5 * BINS) | 0);
        const r = Math.sqrt(px * px + py * py);
        const under = canvas.coverage((skin[bin] as number) - r);
        if (under === 0) continue;
        let value = hu[i] as number;
        value += under * (skinHu - value);
        value += canvas.coverage((fat[bin] as number) - r) * (FAT_HU - value);
        value += canvas.coverage((muscle[bin] as number) - r) * (anatomy.muscleHu - value);
        const outer = (wall[bin] as number) - r;
        const inside = canvas.coverage(outer - thickness);
        if (inside > 0) {
          const lung = clamp(0.5 + (z - outline.diaphragm(px, y[i] as number, z)) / step, 0, 1) * (1 - aboveLungs);
          const filling = FAT_HU + lung * (anatomy.lungHu - FAT_HU);
          value += inside * (filling - value);
        }
        const ring = canvas.coverage(Math.min(outer, thickness - outer));
        if (ring > 0) {
          const { share, hu: ribHu } = sides[px < 0 ? 0 : 1];
          value += ring * (share[bin] as number) * ((ribHu[bin] as number) - value);
        }
        hu[i] = value;
      }
    }
  };
}

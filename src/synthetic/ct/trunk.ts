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
const SKIN_HU = 20;
const SKIN_MM = 2;

/** Ribs of one side, and what of them lies in the slice at hand, by direction. */
interface Side {
  bands: ReturnType<typeof ribBands>;
  share: Float32Array;
  hu: Float32Array;
}

/** For every direction: its share of the circle from the back, and the terms of an oval's equation. */
interface Directions {
  fromBack: Float32Array;
  across: Float64Array;
  along: Float64Array;
}

function sampleDirections(): Directions {
  const fromBack = new Float32Array(BINS);
  const across = new Float64Array(BINS);
  const along = new Float64Array(BINS);
  for (let i = 0; i < BINS; i++) {
    const q = (2 * (i + 0.5)) / BINS - 1;
    const length = Math.hypot(1 - Math.abs(q), q);
    across[i] = ((1 - Math.abs(q)) / length) ** SQUARENESS;
    along[i] = Math.abs(q / length) ** SQUARENESS;
    fromBack[i] = Math.atan2(1 - Math.abs(q), q) / Math.PI;
  }
  return { fromBack, across, along };
}

/** Paints the trunk of one subject, slice by slice. */
export class TrunkPainter {
  readonly #directions = sampleDirections();
  readonly #sides: readonly [right: Side, left: Side];
  // Distance from the middle of the section to each border, by direction.
  readonly #skin = new Float32Array(BINS);
  readonly #fat = new Float32Array(BINS);
  readonly #muscle = new Float32Array(BINS);
  readonly #cavity = new Float32Array(BINS);

  constructor(
    readonly anatomy: Anatomy,
    column: Column,
    readonly outline: Outline,
    stream: RandomStream,
  ) {
    const side = (): Side => ({
      bands: ribBands(anatomy, column, this.#directions.fromBack, stream),
      share: new Float32Array(BINS),
      hu: new Float32Array(BINS),
    });
    this.#sides = [side(), side()];
  }

  /** Distances to an oval, moved inwards by `shrink` mm. */
  #setBorder(border: Float32Array, oval: Oval, shrink = 0): void {
    const { across, along } = this.#directions;
    const term = (radius: number): number => Math.max(1, radius - shrink) ** -SQUARENESS;
    const [width, front, back] = [term(oval.width), term(oval.front), term(oval.back)];
    for (let i = 0; i < BINS; i++) {
      const depth = 2 * i < BINS ? front : back;
      border[i] = ((across[i] as number) * width + (along[i] as number) * depth) ** (-1 / SQUARENESS);
    }
  }

  paint(canvas: Canvas): void {
    const { z, x, y, size, step } = canvas;
    const { y: middle, skin, muscle, cavity, wall } = this.outline.section(z);
    this.#setBorder(this.#skin, skin);
    this.#setBorder(this.#fat, skin, SKIN_MM);
    this.#setBorder(this.#muscle, muscle);
    this.#setBorder(this.#cavity, cavity);
    for (const { bands, share, hu } of this.#sides) ribSection(bands, z, step, share, hu);
    const depth = (skin.front + skin.back) / 2;
    const region = { x: 0, y: middle + (skin.back - skin.front) / 2, halfWidth: skin.width, halfDepth: depth };
    const [row0, row1, column0, column1] = canvas.window(region);
    for (let row = row0; row < row1; row++) {
      for (let i = row * size + column0; i < row * size + column1; i++) {
        this.#paintPixel(canvas, i, x[i] as number, (y[i] as number) - middle, middle, wall);
      }
    }
  }

  /** From outside inwards: skin, fat, muscle, what fills the cavity, the ribs in its wall. */
  #paintPixel(canvas: Canvas, i: number, x: number, y: number, middle: number, wall: number): void {
    const sum = Math.abs(x) + Math.abs(y) + 1e-6;
    const bin = Math.min(BINS - 1, ((y / sum + 1) * 0.5 * BINS) | 0);
    const r = Math.sqrt(x * x + y * y);
    const under = canvas.coverage((this.#skin[bin] as number) - r);
    if (under === 0) return;
    let value = canvas.hu[i] as number;
    value += under * (SKIN_HU - value);
    value += canvas.coverage((this.#fat[bin] as number) - r) * (FAT_HU - value);
    value += canvas.coverage((this.#muscle[bin] as number) - r) * (this.anatomy.muscleHu - value);
    const depth = (this.#cavity[bin] as number) - r;
    const inside = canvas.coverage(depth - wall);
    if (inside > 0) value += inside * (this.#filling(canvas, x, y + middle) - value);
    const ring = canvas.coverage(Math.min(depth, wall - depth));
    if (ring > 0) {
      const { share, hu } = this.#sides[x < 0 ? 0 : 1];
      value += ring * (share[bin] as number) * ((hu[bin] as number) - value);
    }
    canvas.hu[i] = value;
  }

  /** HU inside the cavity: lung between diaphragm and apex, fat elsewhere. */
  #filling({ z, step }: Canvas, x: number, y: number): number {
    const overDiaphragm = clamp(0.5 + (z - this.outline.diaphragm(x, y, z)) / step, 0, 1);
    const underApex = 1 - clamp(0.5 + (z - this.outline.apex) / step, 0, 1);
    return FAT_HU + overDiaphragm * underApex * (this.anatomy.lungHu - FAT_HU);
  }
}

/**
 * One axial slice while it is painted: HU values on a square grid whose pixels know where they lie in the body.
 */
import { clamp } from './interpolate.ts';
import type { Part, Region, Shape } from './shapes.ts';

/** How the body lies in the picture. */
export interface Pose {
  /** Turn about the long axis, radians. */
  turn: number;
  /** Where the body's axis crosses the picture, mm right of and below its middle. */
  shiftX: number;
  shiftY: number;
}

export class Canvas {
  readonly size: number;
  readonly pixel: number;
  /** Thickness of the slice, mm. */
  readonly step: number;
  readonly hu: Float32Array<ArrayBuffer>;
  /** Body coordinates of every pixel, mm. */
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
  z = 0;
  readonly #cos: number;
  readonly #sin: number;
  readonly #pose: Pose;

  constructor(size: number, pixel: number, step: number, pose: Pose) {
    this.size = size;
    this.pixel = pixel;
    this.step = step;
    this.hu = new Float32Array(size * size);
    this.x = new Float32Array(size * size);
    this.y = new Float32Array(size * size);
    this.#cos = Math.cos(pose.turn);
    this.#sin = Math.sin(pose.turn);
    this.#pose = pose;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const px = (column - size / 2) * pixel - pose.shiftX;
        const py = (row - size / 2) * pixel - pose.shiftY;
        this.x[row * size + column] = this.#cos * px + this.#sin * py;
        this.y[row * size + column] = this.#cos * py - this.#sin * px;
      }
    }
  }

  /** Share of a pixel under a surface at this depth. */
  coverage(depth: number): number {
    return clamp(0.5 + depth / this.pixel, 0, 1);
  }

  /** Share of the slice's thickness under a level that lies `depth` mm beyond its middle. */
  sliceCoverage(depth: number): number {
    return clamp(0.5 + depth / this.step, 0, 1);
  }

  /** Rows and columns (ends exclusive) that hold a region of the body. */
  window({ x, y, halfWidth, halfDepth }: Region): [row0: number, row1: number, column0: number, column1: number] {
    const { size, pixel } = this;
    const [cos, sin] = [this.#cos, this.#sin];
    const column = (cos * x - sin * y + this.#pose.shiftX) / pixel + size / 2;
    const row = (sin * x + cos * y + this.#pose.shiftY) / pixel + size / 2;
    const columns = (Math.abs(cos) * halfWidth + Math.abs(sin) * halfDepth) / pixel + 1;
    const rows = (Math.abs(sin) * halfWidth + Math.abs(cos) * halfDepth) / pixel + 1;
    const inside = (value: number): number => clamp(Math.round(value), 0, size);
    return [inside(row - rows), inside(row + rows) + 1, inside(column - columns), inside(column + columns) + 1].map(
      (value) => Math.min(value, size),
    ) as [number, number, number, number];
  }

  /**
   * Over how many mm the edge of a body is spread: a pixel where its surface stands upright, the thickness of the slice
   * where it lies flat, since a slice averages over its thickness.
   */
  #softness({ depth }: Shape, x: number, y: number): number {
    const { z, pixel, step } = this;
    const rise = Math.min(1, Math.abs(depth(x, y, z + 1) - depth(x, y, z - 1)) / 2);
    return pixel + (step - pixel) * rise;
  }

  /** Paints the part's section at this height over what is there. */
  paint({ shape, shell, thickness, core }: Part): void {
    const { hu, x, y, z, size, step } = this;
    const reach = step / 2;
    if (z < shape.low - reach || z > shape.high + reach) return;
    const [row0, row1, column0, column1] = this.window(shape.region(z));
    for (let row = row0; row < row1; row++) {
      for (let i = row * size + column0; i < row * size + column1; i++) {
        const px = x[i] as number;
        const py = y[i] as number;
        const depth = shape.depth(px, py, z);
        if (depth <= -reach) continue;
        if (depth >= thickness + reach) {
          hu[i] = core;
          continue;
        }
        const softness = this.#softness(shape, px, py);
        const outer = Math.min(1, 0.5 + depth / softness);
        if (outer <= 0) continue;
        let value = hu[i] as number;
        value += outer * (shell - value);
        const inner = Math.min(1, 0.5 + (depth - thickness) / softness);
        if (thickness > 0 && inner > 0) value += inner * (core - value);
        hu[i] = value;
      }
    }
  }
}

/**
 * A scan whose grid is sheared (a tilted gantry) or turned from the patient's axes, sampled along these axes: each place is
 * interpolated once, by cubic convolution among the stored voxels around it.
 *
 *        ╱────────╱            ┌──────────┐   the straight grid covers all that was scanned;
 *       ╱ stored ╱      →      │  ╱────╱  │   what lies outside of it is air
 *      ╱────────╱              └──────────┘
 *
 * Only the places that the recipe's grid needs are computed, so this runs on the processor and needs no copy of the scan.
 */
import {
  affineColumn,
  closestCanonical,
  cross,
  dot,
  type Matrix4,
  scale,
  spacing,
  toWorld,
  type Vector3,
  type Volume,
} from '../../formats/volume.ts';
import type { Gpu } from '../../gpu/index.ts';
import { type Shape3, voxelCount } from '../../kernels/shape.ts';
import { keysWeights } from './keys.ts';
import { type Resampled, uploadable } from './resample.ts';

/** A box along right, front and head. */
export interface StraightBox {
  /** Centre of its first voxel, in mm. */
  origin: Vector3;
  /** Distance of its voxels: that of the stored axis which runs along most, in mm. */
  step: Vector3;
  size: Vector3;
}

/** The box of voxels that holds every stored voxel. */
export function straightBox({ size, affine }: Pick<Volume, 'size' | 'affine'>): StraightBox {
  const ends = (axis: 0 | 1 | 2) => [0, size[axis] - 1];
  const corners = ends(0).flatMap((i) =>
    ends(1).flatMap((j) => ends(2).map((k) => toWorld(affine, [i, j, k] as unknown as Vector3))),
  );
  const along = (axis: 0 | 1 | 2, choose: (...values: number[]) => number) => choose(...corners.map((c) => c[axis]));
  const origin: Vector3 = [along(0, Math.min), along(1, Math.min), along(2, Math.min)];
  const step = spacing(closestCanonical({ size, affine }).affine);
  const count = (axis: 0 | 1 | 2) => Math.round((along(axis, Math.max) - origin[axis]) / step[axis]) + 1;
  return { origin, step, size: [count(0), count(1), count(2)] };
}

/** Rows that take a place in mm, less the position of voxel (0, 0, 0), to a voxel index. */
function inverseRows(affine: Matrix4): readonly [Vector3, Vector3, Vector3] {
  const [a, b, c] = [affineColumn(affine, 0), affineColumn(affine, 1), affineColumn(affine, 2)];
  const volume = dot(a, cross(b, c));
  return [scale(cross(b, c), 1 / volume), scale(cross(c, a), 1 / volume), scale(cross(a, b), 1 / volume)];
}

/** Rounding may put a place on the border of a volume this far outside. */
const BORDER = 1e-9;

/** Reads places between voxels: 4 × 4 × 4 neighbours, weighted. */
class Reader {
  readonly #data: ArrayLike<number>;
  readonly #size: Vector3;
  readonly #strides: Vector3;
  readonly #weights = [new Float64Array(4), new Float64Array(4), new Float64Array(4)] as const;
  readonly #places = [new Int32Array(4), new Int32Array(4), new Int32Array(4)] as const;

  constructor(data: ArrayLike<number>, size: Vector3) {
    this.#data = data;
    this.#size = size;
    this.#strides = [1, size[0], size[0] * size[1]];
  }

  /** Finds the neighbours along one axis; beyond the ends the last voxel stands in. Returns whether `at` is inside. */
  #goTo(axis: 0 | 1 | 2, at: number): boolean {
    const last = this.#size[axis] - 1;
    if (!(at >= -BORDER && at <= last + BORDER)) return false;
    const whole = Math.floor(at);
    keysWeights(at - whole, this.#weights[axis]);
    for (let i = 0; i < 4; i++)
      this.#places[axis][i] = Math.min(last, Math.max(0, whole - 1 + i)) * this.#strides[axis];
    return true;
  }

  /** The value at (x, y, z), in voxels. */
  read(x: number, y: number, z: number, outside: number): number {
    if (!(this.#goTo(0, x) && this.#goTo(1, y) && this.#goTo(2, z))) return outside;
    const [[wx, wy, wz], [px, py, pz], data] = [this.#weights, this.#places, this.#data];
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      let plane = 0;
      for (let j = 0; j < 4; j++) {
        const row = (pz[k] as number) + (py[j] as number);
        let line = 0;
        for (let i = 0; i < 4; i++) line += (wx[i] as number) * (data[row + (px[i] as number)] as number);
        plane += (wy[j] as number) * line;
      }
      sum += (wz[k] as number) * plane;
    }
    return sum;
  }
}

/**
 * Samples a volume on a grid of `shape` voxels along the patient's right, front and head: voxel i reads place i · n / shape
 * of the straight box, as {@link resampleToRas} does with a volume that lies straight. Places outside give `outside`.
 */
export function resampleStraight(gpu: Gpu, volume: Volume, shape: Shape3, outside: number): Resampled {
  const { origin, step, size } = straightBox(volume);
  const { data, notFinite } = uploadable(volume.data, outside);
  const reader = new Reader(data, volume.size);
  const rows = inverseRows(volume.affine);
  const first = toWorld(volume.affine, [0, 0, 0]);
  const place = (axis: 0 | 1 | 2, i: number) =>
    origin[axis] + ((i * size[axis]) / shape[axis]) * step[axis] - first[axis];
  const values = new Float32Array(voxelCount(shape));
  let next = 0;
  for (let i = 0; i < shape[0]; i++) {
    for (let j = 0; j < shape[1]; j++) {
      for (let k = 0; k < shape[2]; k++) {
        const at: Vector3 = [place(0, i), place(1, j), place(2, k)];
        values[next++] = reader.read(dot(rows[0], at), dot(rows[1], at), dot(rows[2], at), outside);
      }
    }
  }
  return { volume: gpu.upload(values, 'straight'), notFinite };
}

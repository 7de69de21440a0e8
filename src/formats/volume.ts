/**
 * A scalar volume and its place in the patient, and what can be told from its affine: spacing, axis codes, the nearest
 * anatomical order of its axes (as nibabel's `as_closest_canonical`), obliqueness and shear.
 *
 * World coordinates are RAS+ in mm: x grows from the patient's left to right, y from back to front, z from feet to head.
 */

export type VolumeArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

export type Vector3 = readonly [number, number, number];

/** A 4 × 4 matrix as 16 numbers, row-major. */
export type Matrix4 = readonly number[];

/** Index = x + nx*(y + ny*z): x fastest. `affine` takes a voxel index to RAS+ mm. */
export interface Volume {
  data: VolumeArray;
  size: Vector3;
  affine: Matrix4;
}

type Shape = Pick<Volume, 'size' | 'affine'>;
type Axis = 0 | 1 | 2;
const AXES = [0, 1, 2] as const;

/**
 * How to read a volume in canonical order without copying it: the voxel (i, j, k) of the canonical volume, whose axes
 * grow to the right, to the front and to the head, lies at data[offset + i·strides[0] + j·strides[1] + k·strides[2]].
 */
export interface CanonicalView {
  size: Vector3;
  /** In elements; negative where the axis is flipped. */
  strides: Vector3;
  offset: number;
  /** Of the canonical volume. */
  affine: Matrix4;
  /** The source axis that each canonical axis reads. */
  axes: readonly [Axis, Axis, Axis];
  flips: readonly [boolean, boolean, boolean];
}

/** Element of a matrix whose index is known to exist. */
const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN;

/** Direction and length of one voxel axis in world space: a column of the affine. */
export function affineColumn(affine: Matrix4, axis: Axis): Vector3 {
  return [at(affine, axis), at(affine, 4 + axis), at(affine, 8 + axis)];
}

export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const norm = (a: Vector3): number => Math.hypot(a[0], a[1], a[2]);
export const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const scale = (a: Vector3, factor: number): Vector3 => [a[0] * factor, a[1] * factor, a[2] * factor];

/** The affine with these three voxel axes and the world position of voxel (0, 0, 0). */
export function affineFromColumns(x: Vector3, y: Vector3, z: Vector3, origin: Vector3): Matrix4 {
  return [x[0], y[0], z[0], origin[0], x[1], y[1], z[1], origin[1], x[2], y[2], z[2], origin[2], 0, 0, 0, 1];
}

/** World position (RAS+ mm) of a voxel index. */
export function toWorld(affine: Matrix4, index: Vector3): Vector3 {
  const row = (r: Axis) =>
    at(affine, 4 * r) * index[0] + at(affine, 4 * r + 1) * index[1] + at(affine, 4 * r + 2) * index[2];
  return [row(0) + at(affine, 3), row(1) + at(affine, 7), row(2) + at(affine, 11)];
}

/** Distance between neighbouring voxels along each axis, in mm. */
export function spacing(affine: Matrix4): Vector3 {
  return [norm(affineColumn(affine, 0)), norm(affineColumn(affine, 1)), norm(affineColumn(affine, 2))];
}

/** Whether the affine maps a volume to a volume: finite, and its axes span space. */
export function isInvertible(affine: Matrix4): boolean {
  if (!affine.every(Number.isFinite)) return false;
  const lengths = spacing(affine);
  const volume = dot(affineColumn(affine, 0), cross(affineColumn(affine, 1), affineColumn(affine, 2)));
  return Math.abs(volume) > 1e-6 * lengths[0] * lengths[1] * lengths[2];
}

/**
 * The rotation (three columns) nearest to the affine's directions: the orthogonal factor of the polar decomposition, by
 * Newton's iteration R ← (R + R⁻ᵀ)/2 (Higham 1986). R⁻ᵀ has the columns' cross products over the determinant.
 */
export function nearestRotation(affine: Matrix4): readonly [Vector3, Vector3, Vector3] {
  const unit = (axis: Axis): Vector3 => scale(affineColumn(affine, axis), 1 / norm(affineColumn(affine, axis)));
  const average = (u: Vector3, v: Vector3): Vector3 => [(u[0] + v[0]) / 2, (u[1] + v[1]) / 2, (u[2] + v[2]) / 2];
  let [a, b, c] = [unit(0), unit(1), unit(2)];
  // Quadratic convergence: a handful of rounds unless the axes nearly lie in a plane.
  for (let round = 0; round < 60; round++) {
    const inverse = 1 / dot(a, cross(b, c));
    const inverseTransposed = [cross(b, c), cross(c, a), cross(a, b)] as const;
    const next = [a, b, c].map((column, i) => average(column, scale(inverseTransposed[i as Axis], inverse)));
    const [nextA = a, nextB = b, nextC = c] = next;
    const change = Math.abs(1 - dot(a, nextA)) + Math.abs(1 - dot(b, nextB)) + Math.abs(1 - dot(c, nextC));
    [a, b, c] = [nextA, nextB, nextC];
    if (change < 1e-15) break;
  }
  return [a, b, c];
}

/**
 * For each voxel axis the world axis it runs along most and its sign. Each world axis is taken once, the clearest voxel
 * axis choosing first, as nibabel's `io_orientation`.
 */
function orientation(affine: Matrix4): { world: readonly [Axis, Axis, Axis]; sign: Vector3 } {
  const rotation = nearestRotation(affine);
  const strength = (axis: Axis) => Math.max(...rotation[axis].map(Math.abs));
  const world: [Axis, Axis, Axis] = [0, 1, 2];
  const sign: [number, number, number] = [1, 1, 1];
  let free: Axis[] = [...AXES];
  for (const axis of [...AXES].sort((p, q) => strength(q) - strength(p) || p - q)) {
    const column = rotation[axis];
    const best = free.reduce((p, q) => (Math.abs(column[q]) > Math.abs(column[p]) ? q : p));
    free = free.filter((candidate) => candidate !== best);
    world[axis] = best;
    sign[axis] = column[best] < 0 ? -1 : 1;
  }
  return { world, sign };
}

/** Where each voxel axis points, as nibabel's `aff2axcodes`: "RAS", "LPS", "PIL" … */
export function axisCodes(affine: Matrix4): string {
  const { world, sign } = orientation(affine);
  return AXES.map((axis) => (sign[axis] > 0 ? 'RAS' : 'LPI')[world[axis]]).join('');
}

/** The volume's axes reordered and flipped so that they grow to the right, to the front and to the head. */
export function closestCanonical({ size, affine }: Shape): CanonicalView {
  const { world, sign } = orientation(affine);
  const source = (target: Axis): Axis => (world[0] === target ? 0 : world[1] === target ? 1 : 2);
  const axes = [source(0), source(1), source(2)] as const;
  const pick = (values: Vector3): Vector3 => [values[axes[0]], values[axes[1]], values[axes[2]]];
  const signs = pick(sign);
  const sourceStrides: Vector3 = [1, size[0], size[0] * size[1]];
  const strides = pick(sourceStrides);
  const corner: Vector3 = [sign[0] < 0 ? size[0] - 1 : 0, sign[1] < 0 ? size[1] - 1 : 0, sign[2] < 0 ? size[2] - 1 : 0];
  const column = (target: Axis) => scale(affineColumn(affine, axes[target]), signs[target]);
  return {
    size: pick(size),
    strides: [strides[0] * signs[0], strides[1] * signs[1], strides[2] * signs[2]],
    offset: dot(corner, sourceStrides),
    affine: affineFromColumns(column(0), column(1), column(2), toWorld(affine, corner)),
    axes,
    flips: [signs[0] < 0, signs[1] < 0, signs[2] < 0],
  };
}

/** The volume copied into canonical order (see {@link closestCanonical}); a volume that already is comes back as it is. */
export function toCanonical(volume: Volume): Volume {
  const { size, strides, offset, affine, axes, flips } = closestCanonical(volume);
  if (axes.every((axis, target) => axis === target) && !flips.includes(true)) return volume;
  const data = volume.data.slice();
  let next = 0;
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      let source = offset + j * strides[1] + k * strides[2];
      for (let i = 0; i < size[0]; i++) {
        data[next++] = volume.data[source] ?? 0;
        source += strides[0];
      }
    }
  }
  return { data, size, affine };
}

const DEGREES = 180 / Math.PI;

/** How far the grid is turned away from the world's axes: the largest angle between a voxel axis and its world axis, in degrees. */
export function obliqueness(affine: Matrix4): number {
  const { world } = orientation(affine);
  const angles = AXES.map((axis) => {
    const column = affineColumn(affine, axis);
    return Math.acos(Math.min(1, Math.abs(column[world[axis]]) / norm(column)));
  });
  return Math.max(...angles) * DEGREES;
}

/** How far the grid's axes are from standing at right angles (a tilted gantry gives its tilt), in degrees. */
export function shear(affine: Matrix4): number {
  const pairs: [Axis, Axis][] = [
    [0, 1],
    [0, 2],
    [1, 2],
  ];
  const angles = pairs.map(([p, q]) => {
    const [a, b] = [affineColumn(affine, p), affineColumn(affine, q)];
    return Math.abs(Math.asin(Math.max(-1, Math.min(1, dot(a, b) / (norm(a) * norm(b))))));
  });
  return Math.max(...angles) * DEGREES;
}

export interface VolumeStatistics {
  min: number;
  max: number;
  mean: number;
  /** Voxels that are NaN or infinite; the other figures leave them out. */
  notFinite: number;
}

/** Least, largest and mean value over all finite voxels (NaN each when there are none). */
export function volumeStatistics({ data }: Pick<Volume, 'data'>): VolumeStatistics {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let finite = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    finite++;
  }
  if (finite === 0) return { min: Number.NaN, max: Number.NaN, mean: Number.NaN, notFinite: data.length };
  return { min, max, mean: sum / finite, notFinite: data.length - finite };
}

/**
 * SHA-256 of the voxels as little-endian int16 in their own order (z, y, x with x fastest), in hex; null when a value is
 * no 16-bit integer. Two readers that agree on this agree on every voxel.
 */
export async function volumeSha256({ data }: Pick<Volume, 'data'>): Promise<string | null> {
  const bytes = new Uint8Array(data.length * 2);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? Number.NaN;
    const word = (value << 16) >> 16;
    if (word !== value) return null;
    bytes[2 * i] = word & 0xff;
    bytes[2 * i + 1] = (word >> 8) & 0xff;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The flood of in_order.wgsl on the host, for pictures that would keep one invocation busy for too long. The same labels. */
import type { Connectivity } from '../components/components.ts';
import type { Shape3 } from '../shape.ts';

export interface HostFlood {
  elevation: Float32Array;
  markers: Int32Array;
  /** 0 where nothing is flooded. */
  mask: Int32Array | null;
  shape: Shape3;
  connectivity: Connectivity;
}

/** Neighbours in volumes of connectivity 2 and 3 by number, 13 being the voxel itself, as in in_order.wgsl. */
const EDGES = [22, 4, 10, 16, 12, 14, 21, 19, 17, 15, 1, 11, 9, 7, 5, 3, 23, 25];
const CORNERS = [16, 4, 14, 12, 22, 10, 17, 15, 25, 11, 9, 7, 23, 5, 3, 1, 21, 19, 24, 0, 18, 8, 6, 2, 20, 26];

type Offset = readonly [number, number, number];

const offsetOf = (number: number): Offset => [
  Math.floor(number / 9) - 1,
  (Math.floor(number / 3) % 3) - 1,
  (number % 3) - 1,
];

/** Neighbours in the order in which they are reached. */
function offsets([d0]: Shape3, connectivity: Connectivity): Offset[] {
  if (d0 > 1 && connectivity === 2) return EDGES.map(offsetOf);
  if (d0 > 1 && connectivity === 3) return CORNERS.map(offsetOf);
  const apart = ([i, j, k]: Offset) => Math.abs(i) + Math.abs(j) + Math.abs(k);
  const all = Array.from({ length: 27 }, (_, number) => offsetOf(number));
  return all.filter((offset) => apart(offset) > 0 && apart(offset) <= connectivity).sort((a, b) => apart(a) - apart(b));
}

/** Voxels that wait, the lowest first, of equal ones that which was reached first: a binary heap, sifted as in_order.wgsl does. */
class Waiting {
  readonly #voxels: Uint32Array;
  readonly #ages: Uint32Array;
  readonly #elevation: Float32Array;
  #count = 0;

  constructor(elevation: Float32Array) {
    this.#elevation = elevation;
    this.#voxels = new Uint32Array(elevation.length);
    this.#ages = new Uint32Array(elevation.length);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  #precedes(a: number, b: number): boolean {
    const [left, right] = [this.#elevation[a] as number, this.#elevation[b] as number];
    return left < right || (left === right && (this.#ages[a] as number) < (this.#ages[b] as number));
  }

  push(voxel: number, age: number): void {
    this.#ages[voxel] = age;
    const voxels = this.#voxels;
    let i = this.#count++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = voxels[parent] as number;
      if (!this.#precedes(voxel, above)) break;
      voxels[i] = above;
      i = parent;
    }
    voxels[i] = voxel;
  }

  pop(): number {
    const voxels = this.#voxels;
    const first = voxels[0] as number;
    const last = voxels[--this.#count] as number;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= this.#count) break;
      let [least, to] = [last, i];
      const below = voxels[left] as number;
      if (this.#precedes(below, last)) [least, to] = [below, left];
      if (left + 1 < this.#count) {
        const beside = voxels[left + 1] as number;
        if (this.#precedes(beside, least)) [least, to] = [beside, left + 1];
      }
      if (to === i) break;
      voxels[i] = least;
      i = to;
    }
    voxels[i] = last;
    return first;
  }
}

/** Labels of all voxels. */
export function floodOnHost({ elevation, markers, mask, shape, connectivity }: HostFlood): Int32Array<ArrayBuffer> {
  const [d0, d1, d2] = shape;
  const steps = offsets(shape, connectivity);
  const labels = new Int32Array(markers.length);
  const waiting = new Waiting(elevation);
  const isInside = (voxel: number) => mask === null || mask[voxel] !== 0;
  for (let voxel = 0; voxel < labels.length; voxel++) {
    labels[voxel] = isInside(voxel) ? (markers[voxel] as number) : 0;
    if (labels[voxel] !== 0) waiting.push(voxel, 0);
  }
  let time = 0;
  while (!waiting.isEmpty) {
    const voxel = waiting.pop();
    const label = labels[voxel] as number;
    const [x, y, z] = [Math.floor(voxel / (d1 * d2)), Math.floor(voxel / d2) % d1, voxel % d2];
    for (const [i, j, k] of steps) {
      const [a, b, c] = [x + i, y + j, z + k];
      if (a < 0 || b < 0 || c < 0 || a >= d0 || b >= d1 || c >= d2) continue;
      const next = (a * d1 + b) * d2 + c;
      if (labels[next] !== 0 || !isInside(next)) continue;
      labels[next] = label;
      waiting.push(next, ++time);
    }
  }
  return labels;
}

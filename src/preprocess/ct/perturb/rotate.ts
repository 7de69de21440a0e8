import { closestCanonical, spacing, type Volume } from '../../../formats/volume.ts';
import { keysWeights } from '../keys.ts';
import { AIR } from '../recipe.ts';
import { type Axis, storedAxis } from './blocks.ts';
import { copyOf, type Stored, storageFor, storing } from './values.ts';

const following = (axis: Axis): Axis => ((axis + 1) % 3) as Axis;

/** The two stored axes of the planes that turn, and how a place in a turned plane becomes one in the given plane. */
interface Turn {
  p: Axis;
  q: Axis;
  /** From the middle, in voxels: dp' = pp · dp + pq · dq, dq' = qp · dp + qq · dq. */
  pp: number;
  pq: number;
  qp: number;
  qq: number;
}

function turnOf(volume: Volume, about: Axis, degrees: number): Turn {
  const { axes, flips } = closestCanonical(volume);
  const [u, v] = [following(about), following(following(about))];
  const [p, q] = [axes[u], axes[v]];
  const mm = spacing(volume.affine);
  const angle = (degrees * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle) * (flips[u] === flips[v] ? 1 : -1)];
  return { p, q, pp: cosine, pq: (sine * mm[q]) / mm[p], qp: (-sine * mm[p]) / mm[q], qq: cosine };
}

/** Places of the four neighbours along an axis, in elements; beyond the ends the last voxel stands in. */
function neighbours(first: number, size: number, stride: number, places: Int32Array): void {
  for (let i = 0; i < 4; i++) places[i] = Math.min(size - 1, Math.max(0, first + i)) * stride;
}

/** Reads one place of every plane: 16 neighbours in the plane, weighted. */
class PlaneReader {
  readonly #places = new Int32Array(16);
  readonly #weights = new Float64Array(16);
  readonly #along = [new Int32Array(4), new Int32Array(4)] as const;
  readonly #shares = [new Float64Array(4), new Float64Array(4)] as const;

  /** Goes to (x, y) in voxels of planes of `sizes` and `strides`. Returns whether that is inside. */
  goTo(at: readonly [number, number], sizes: readonly number[], strides: readonly number[]): boolean {
    for (const k of [0, 1] as const) {
      const size = sizes[k] as number;
      if (!(at[k] >= 0 && at[k] <= size - 1)) return false;
      const whole = Math.floor(at[k]);
      keysWeights(at[k] - whole, this.#shares[k]);
      neighbours(whole - 1, size, strides[k] as number, this.#along[k]);
    }
    for (let i = 0; i < 16; i++) {
      this.#places[i] = (this.#along[0][i & 3] as number) + (this.#along[1][i >> 2] as number);
      this.#weights[i] = (this.#shares[0][i & 3] as number) * (this.#shares[1][i >> 2] as number);
    }
    return true;
  }

  /** Writes what is read in each of `planes` planes, `stride` elements apart, into the same planes of `into` at `place`. */
  read(from: Stored, into: Stored, place: number, stride: number, planes: number): void {
    const [places, weights, stored] = [this.#places, this.#weights, storing(into)];
    for (let plane = 0; plane < planes * stride; plane += stride) {
      let sum = 0;
      for (let i = 0; i < 16; i++) sum += (weights[i] as number) * (from[plane + (places[i] as number)] as number);
      into[place + plane] = stored(sum);
    }
  }
}

/**
 * The patient turned by `degrees` about an axis (right-handed about the direction to the right, front or head) through the
 * middle of the scan, by cubic convolution in the planes across it. The field of view stays: corners leave it, what comes
 * in is air, and padding below −1024 HU becomes air.
 */
export function rotatePatient(volume: Volume, about: Axis, degrees: number): Volume {
  if (degrees === 0) return volume;
  const { axis, size: planes } = storedAxis(volume, about);
  const { p, q, pp, pq, qp, qq } = turnOf(volume, about, degrees);
  const source = copyOf(volume);
  for (let i = 0; i < source.length; i++) if ((source[i] as number) < AIR) source[i] = AIR;
  const data = storageFor(volume, source.length).fill(AIR);
  const [nx, ny] = volume.size;
  const stride = [1, nx, nx * ny] as const;
  const [sizes, strides] = [
    [volume.size[p], volume.size[q]],
    [stride[p], stride[q]],
  ];
  const [middleP, middleQ] = [(volume.size[p] - 1) / 2, (volume.size[q] - 1) / 2];
  const reader = new PlaneReader();
  for (let i = 0; i < volume.size[p]; i++) {
    for (let j = 0; j < volume.size[q]; j++) {
      const [dp, dq] = [i - middleP, j - middleQ];
      if (!reader.goTo([middleP + pp * dp + pq * dq, middleQ + qp * dp + qq * dq], sizes, strides)) continue;
      reader.read(source, data, i * stride[p] + j * stride[q], stride[axis], planes);
    }
  }
  return { ...volume, data };
}

/** The scanner's own marks on a slice: table, smoothing kernel, noise, rounding, padding outside the circular field. */
import type { RandomStream } from '../../util/random.ts';
import type { Canvas } from './canvas.ts';
import { type Part, type Shape, shelled } from './shapes.ts';

/** HU of pixels outside the field: what scanners store there is no attenuation. */
export const PADDING_HU = -3024;
const LOWEST_HU = -1024;
const HIGHEST_HU = 3071;

/** The table: a shallow trough of thin carbon fibre around foam, under the back (`side` 1) or, prone, under the belly (−1). */
export function tablePart(y: number, side: 1 | -1): Part {
  const shape: Shape = {
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
    region: () => ({ x: 0, y: y + side * 4, halfWidth: 225, halfDepth: 48 }),
    depth(x, py) {
      const below = (py - y) * side + 0.0007 * x * x;
      return Math.min(below, 34 - below, 218 - Math.abs(x));
    },
  };
  return shelled(shape, -180, 2.5, -950);
}

/** Smooths along rows and columns with (blur, 1 − 2 blur, blur); edges keep their values. */
function smooth(hu: Float32Array, size: number, blur: number, scratch: Float32Array): void {
  const middle = 1 - 2 * blur;
  const pass = (from: Float32Array, to: Float32Array, stride: number): void => {
    to.set(from);
    for (let i = stride; i < from.length - stride; i++) {
      to[i] = middle * (from[i] as number) + blur * ((from[i - stride] as number) + (from[i + stride] as number));
    }
  };
  pass(hu, scratch, 1);
  pass(scratch, hu, size);
}

const NOISE_BITS = 17;

/**
 * A store of white noise, of which every slice takes a stretch from a random start: sums of two random bytes, two to a
 * word of the stream. Their distribution is a triangle; the kernel that follows mixes nine of them, which is near enough
 * to normal.
 */
function noiseStore(deviation: number, stream: RandomStream): Float32Array {
  const store = new Float32Array(1 << NOISE_BITS);
  const scale = deviation / Math.sqrt(65535 / 6);
  for (let i = 0; i < store.length; i += 2) {
    const word = stream.word();
    store[i] = scale * ((word & 255) + ((word >>> 8) & 255) - 255);
    store[i + 1] = scale * (((word >>> 16) & 255) + (word >>> 24) - 255);
  }
  return store;
}

/** Turns painted slices into stored HU. */
export class Detector {
  readonly #scratch: Float32Array;
  readonly #noise: Float32Array;
  readonly #stream: RandomStream;
  readonly #blur: number;
  readonly #padded: boolean;

  constructor(size: number, scan: { noiseHu: number; blur: number; padded: boolean }, stream: RandomStream) {
    this.#scratch = new Float32Array(size * size);
    this.#noise = noiseStore(scan.noiseHu, stream);
    this.#stream = stream;
    this.#blur = scan.blur;
    this.#padded = scan.padded;
  }

  /** Writes the slice's HU to `out`, rows × columns. The canvas is used up. */
  read({ hu, size }: Canvas, out: Int16Array): void {
    const start = this.#stream.word();
    const mask = this.#noise.length - 1;
    for (let i = 0; i < hu.length; i++) hu[i] = (hu[i] as number) + (this.#noise[(start + i) & mask] as number);
    smooth(hu, size, this.#blur, this.#scratch);
    for (let i = 0; i < hu.length; i++) {
      const value = Math.min(HIGHEST_HU, Math.max(LOWEST_HU, hu[i] as number));
      out[i] = ((value - LOWEST_HU + 0.5) | 0) + LOWEST_HU; // rounds like Math.round, in a third of the time
    }
    if (this.#padded) pad(out, size);
  }
}

function pad(out: Int16Array, size: number): void {
  const middle = (size - 1) / 2;
  const limit = (size / 2) ** 2;
  for (let row = 0; row < size; row++) {
    const dy = row - middle;
    for (let column = 0; column < size; column++) {
      if (dy * dy + (column - middle) ** 2 > limit) out[row * size + column] = PADDING_HU;
    }
  }
}

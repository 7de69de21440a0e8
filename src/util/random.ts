/**
 * Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A number is a function of (seed, keys…, index) and never of the order in which others were drawn, so shards, resumed
 * runs and folds agree.
 */
type Words = [number, number, number, number];

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  // Math.imul and shifts alone: engines keep these in integer registers.
  const upper = (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bLow) >>> 16);
  const lower = (Math.imul(aLow, bHigh) >>> 0) + (upper & 0xffff);
  return (Math.imul(aHigh, bHigh) + (upper >>> 16) + (lower >>> 16)) >>> 0;
}

/** Ten rounds of Philox4x32: four random words for a 128-bit counter under a 64-bit key. */
export function philox(counter: Words, key: [number, number]): Words {
  // By index: taking arrays apart by pattern would cost more than the ten rounds.
  let c0 = counter[0];
  let c1 = counter[1];
  let c2 = counter[2];
  let c3 = counter[3];
  let k0 = key[0];
  let k1 = key[1];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** FNV-1a: a purpose's name becomes a word of the key. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** Folds any number of key words into Philox's 64-bit key by chained encryption. */
function deriveKey(seed: number, keys: readonly (string | number)[]): [number, number] {
  let key: [number, number] = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
  for (const part of keys) {
    const word = typeof part === 'string' ? hashText(part) : part >>> 0;
    const high = typeof part === 'string' ? part.length : Math.floor(part / 0x100000000) >>> 0;
    const words = philox([word, high, 0x5eed, typeof part === 'string' ? 1 : 0], key);
    key = [words[0], words[1]];
  }
  return key;
}

/** A stream of random numbers that belongs to one purpose. */
export class RandomStream {
  #key: [number, number];
  #block = 0;
  #words: Words = [0, 0, 0, 0];
  #used = 4;
  #spareNormal: number | null = null;

  constructor(key: [number, number]) {
    this.#key = key;
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    if (this.#used === 4) {
      this.#words = philox([this.#block >>> 0, Math.floor(this.#block / 0x100000000), 0, 0], this.#key);
      this.#block++;
      this.#used = 0;
    }
    return this.#words[this.#used++ as 0 | 1 | 2 | 3];
  }

  /** Uniform in [low, high), 32 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.word() / 0x100000000);
  }

  /** A whole number in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Normal deviate by Box and Muller's method. */
  normal(mean = 0, deviation = 1): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return mean + deviation * spare;
    }
    const radius = Math.sqrt(-2 * Math.log((this.word() + 0.5) / 0x100000000));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return mean + deviation * radius * Math.cos(angle);
  }

  /** The whole numbers 0 … n−1 in random order (Fisher and Yates). */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i] as number;
      order[i] = order[j] as number;
      order[j] = swap;
    }
    return order;
  }
}

/** The stream of a purpose, e.g. `randomStream(seed, 'shuffle', fold, epoch)`. Names and numbers both serve as keys. */
export function randomStream(seed: number, ...keys: (string | number)[]): RandomStream {
  return new RandomStream(deriveKey(seed, keys));
}

/**
 * JPEG with the discrete cosine transform (ITU-T T.81, annexes F and G): baseline, extended and progressive, 8 and 12 bits.
 * Blocks of 8 × 8 coefficients, quantised, in zigzag order: the first predicted from the block before, the others as runs
 * of zeros and values. Progressive files bring coefficients by bands and by bits, over several scans.
 */
import { BitReader } from './bits.ts';
import { type HuffmanTable, readSymbol } from './huffman.ts';
import type { JpegFrame, JpegReader, JpegScan } from './markers.ts';

/** Where in a block (row · 8 + column) the coefficients of the zigzag lie. */
const ZIGZAG = Uint8Array.of(
  0,
  1,
  8,
  16,
  9,
  2,
  3,
  10,
  17,
  24,
  32,
  25,
  18,
  11,
  4,
  5,
  12,
  19,
  26,
  33,
  40,
  48,
  41,
  34,
  27,
  20,
  13,
  6,
  7,
  14,
  21,
  28,
  35,
  42,
  49,
  56,
  57,
  50,
  43,
  36,
  29,
  22,
  15,
  23,
  30,
  37,
  44,
  51,
  58,
  59,
  52,
  45,
  38,
  31,
  39,
  46,
  53,
  60,
  61,
  54,
  47,
  55,
  62,
  63,
);

/** The samples of a frame, from its first scan on. @throws RangeError when data or parameters are damaged */
export function decodeTransform(bytes: Uint8Array, reader: JpegReader, firstScan: JpegScan): Uint16Array<ArrayBuffer> {
  const { frame } = reader;
  const across = Math.ceil(frame.columns / 8);
  const count = across * Math.ceil(frame.rows / 8);
  const coefficients = new Int16Array(count * 64);
  for (let scan: JpegScan | null = firstScan; scan; ) {
    const bits = new BitReader(bytes, scan.start);
    new ScanDecoder(bits, scan, frame.process === 2, coefficients).run(count);
    scan = frame.process === 2 ? reader.nextScan(bits.position) : null;
  }
  return inverseTransform(coefficients, reader.quantisation, frame, across);
}

class ScanDecoder {
  readonly #bits: BitReader;
  readonly #scan: JpegScan;
  readonly #coefficients: Int16Array;
  readonly #decodeBlock: (at: number) => void;
  /** The DC coefficient of the block before. */
  #previous = 0;
  /** Blocks, after this one, whose band holds nothing new. */
  #emptyBlocks = 0;

  constructor(bits: BitReader, scan: JpegScan, progressive: boolean, coefficients: Int16Array) {
    this.#bits = bits;
    this.#scan = progressive ? scan : { ...scan, first: 0, last: 63, high: 0, low: 0 };
    this.#coefficients = coefficients;
    const { first, last, high } = this.#scan;
    if (first > last || last > 63 || (progressive && first === 0 && last > 0))
      throw new RangeError(`a scan of coefficients ${first} to ${last}`);
    if (!progressive) this.#decodeBlock = (at) => this.#sequential(at);
    else if (first === 0) this.#decodeBlock = high === 0 ? (at) => this.#dcFirst(at) : (at) => this.#dcRefine(at);
    else this.#decodeBlock = high === 0 ? (at) => this.#acFirst(at) : (at) => this.#acRefine(at);
  }

  run(count: number): void {
    const { restartInterval } = this.#scan;
    for (let block = 0; block < count; block++) {
      if (restartInterval > 0 && block > 0 && block % restartInterval === 0) {
        this.#bits.restart();
        this.#previous = 0;
        this.#emptyBlocks = 0;
      }
      this.#decodeBlock(block * 64);
    }
  }

  #table(kind: 'dc' | 'ac'): HuffmanTable {
    return this.#scan[kind] ?? missing(kind);
  }

  #dcFirst(at: number): void {
    const size = readSymbol(this.#bits, this.#table('dc'));
    if (size > 15) throw new RangeError(`a DC difference of ${size} bits`);
    this.#previous += this.#bits.readSigned(size);
    this.#coefficients[at] = this.#previous << this.#scan.low;
  }

  #dcRefine(at: number): void {
    if (this.#bits.read(1)) this.#coefficients[at] = (this.#coefficients[at] ?? 0) | (1 << this.#scan.low);
  }

  #sequential(at: number): void {
    this.#dcFirst(at);
    const table = this.#table('ac');
    for (let k = 1; k < 64; k++) {
      const symbol = readSymbol(this.#bits, table);
      const [run, size] = [symbol >>> 4, symbol & 15];
      if (size === 0 && run < 15) return;
      k += run;
      if (k > 63) throw new RangeError('a run of zeros beyond the end of its block');
      this.#coefficients[at + k] = this.#bits.readSigned(size);
    }
  }

  #acFirst(at: number): void {
    if (this.#emptyBlocks > 0) {
      this.#emptyBlocks--;
      return;
    }
    const { first, last, low } = this.#scan;
    const table = this.#table('ac');
    for (let k = first; k <= last; k++) {
      const symbol = readSymbol(this.#bits, table);
      const [run, size] = [symbol >>> 4, symbol & 15];
      if (size === 0 && run < 15) {
        this.#emptyBlocks = (1 << run) - 1 + this.#bits.read(run);
        return;
      }
      k += run;
      if (k > last) throw new RangeError('a run of zeros beyond the end of its band');
      this.#coefficients[at + k] = this.#bits.readSigned(size) << low;
    }
  }

  /** One more bit of the coefficients that have some, and new coefficients of ±1 at this bit between them. */
  #acRefine(at: number): void {
    const { first, last, low } = this.#scan;
    const table = this.#table('ac');
    let k = first;
    while (k <= last && this.#emptyBlocks === 0) {
      const symbol = readSymbol(this.#bits, table);
      const [run, size] = [symbol >>> 4, symbol & 15];
      if (size === 0 && run < 15) {
        this.#emptyBlocks = (1 << run) + this.#bits.read(run);
        break;
      }
      const value = size === 0 ? 0 : (this.#bits.read(1) ? 1 : -1) << low;
      k = this.#refine(at, k, last, run);
      if (k > last) {
        if (value !== 0) throw new RangeError('a run of zeros beyond the end of its band');
        return;
      }
      this.#coefficients[at + k] = value;
      k++;
    }
    if (this.#emptyBlocks > 0) {
      this.#refine(at, k, last, 64);
      this.#emptyBlocks--;
    }
  }

  /** Refines what is not zero until `zeros` zeros have been passed; the place of the zero behind them. */
  #refine(at: number, from: number, last: number, zeros: number): number {
    let left = zeros;
    for (let k = from; k <= last; k++) {
      const value = this.#coefficients[at + k] ?? 0;
      if (value === 0) {
        if (left === 0) return k;
        left--;
      } else if (this.#bits.read(1)) {
        this.#coefficients[at + k] = value + (value > 0 ? 1 << this.#scan.low : -1 << this.#scan.low);
      }
    }
    return last + 1;
  }
}

function missing(kind: string): never {
  throw new RangeError(`a scan names no ${kind.toUpperCase()} Huffman table that is there`);
}

/** COSINES[u · 8 + x] = c(u)/2 · cos((2x + 1)uπ/16), c(0) = 1/√2, else 1. */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

function inverseTransform(
  coefficients: Int16Array,
  quantisation: Uint16Array,
  { rows, columns, precision }: JpegFrame,
  across: number,
): Uint16Array<ArrayBuffer> {
  const samples = new Uint16Array(rows * columns);
  const block = new Float64Array(64);
  const half = 2 ** (precision - 1);
  for (let start = 0; start < coefficients.length; start += 64) {
    for (let k = 0; k < 64; k++) block[ZIGZAG[k] ?? 0] = (coefficients[start + k] ?? 0) * (quantisation[k] ?? 0);
    transformRows(block);
    transformRows(block); // each pass transposes: the second one goes over what were the columns
    const index = start / 64;
    const [top, left] = [Math.floor(index / across) * 8, (index % across) * 8];
    for (let y = 0; y < Math.min(8, rows - top); y++) {
      const row = (top + y) * columns + left;
      for (let x = 0; x < Math.min(8, columns - left); x++) {
        const value = Math.round((block[y * 8 + x] ?? 0) + half);
        samples[row + x] = Math.min(2 * half - 1, Math.max(0, value));
      }
    }
  }
  return samples;
}

const scratch = new Float64Array(64);

/** The one-dimensional transform of each row, written as a column. */
function transformRows(block: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += (COSINES[u * 8 + x] ?? 0) * (block[row * 8 + u] ?? 0);
      scratch[x * 8 + row] = sum;
    }
  }
  block.set(scratch);
}

/**
 * The marker segments of a JPEG file (ITU-T T.81, annex B), as far as grey pictures coded with Huffman tables need them.
 */
import { type HuffmanTable, huffmanTable } from './huffman.ts';

export interface JpegFrame {
  /** SOF0 baseline, SOF1 extended, SOF2 progressive, SOF3 lossless. */
  process: 0 | 1 | 2 | 3;
  /** Bits of a sample. */
  precision: number;
  rows: number;
  columns: number;
  components: number;
  /** Number of the first component's quantisation table. */
  quantisation: number;
}

/** One pass over the picture, with the tables that hold for it. */
export interface JpegScan {
  /** Byte at which the compressed values begin. */
  start: number;
  dc: HuffmanTable | undefined;
  ac: HuffmanTable | undefined;
  /** Blocks (pixels, where lossless) between restart markers; 0 for none. */
  restartInterval: number;
  /** First coefficient of the spectral selection; the predictor, where lossless. */
  first: number;
  last: number;
  /** Successive approximation: bit position before and of this scan; the latter is the point transform, where lossless. */
  high: number;
  low: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DHT = 0xc4;
const DQT = 0xdb;
const DRI = 0xdd;
const OTHER_PROCESS = new Set([0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/** Walks over the segments of one file. */
export class JpegReader {
  readonly #bytes: Uint8Array;
  #position = 2;
  #frame: JpegFrame | null = null;
  readonly #dc: HuffmanTable[] = [];
  readonly #ac: HuffmanTable[] = [];
  readonly #quantisation: Uint16Array[] = [];
  #restartInterval = 0;

  /** @throws RangeError unless the bytes begin as a JPEG file does */
  constructor(bytes: Uint8Array) {
    if (bytes[0] !== 0xff || bytes[1] !== SOI) throw new RangeError('no JPEG file: it lacks the start-of-image marker');
    this.#bytes = bytes;
  }

  /** The frame header, which has been read once `nextScan` has been called. @throws RangeError where there is none */
  get frame(): JpegFrame {
    if (!this.#frame) throw new RangeError('no frame header before the first scan');
    return this.#frame;
  }

  /** The table's 64 steps in zigzag order. @throws RangeError where it is absent */
  get quantisation(): Uint16Array {
    const table = this.#quantisation[this.frame.quantisation];
    if (!table) throw new RangeError(`quantisation table ${this.frame.quantisation} is absent`);
    return table;
  }

  /**
   * Reads on to the next scan; null at the end of the image.
   * @param from where the compressed values of the scan before ended
   */
  nextScan(from?: number): JpegScan | null {
    if (from !== undefined) this.#position = from;
    for (;;) {
      const marker = this.#marker();
      if (marker === EOI) return null;
      if (marker >= 0xd0 && marker <= 0xd7) continue; // a restart marker behind the last block
      const segment = this.#segment();
      if (marker === SOS) return this.#scan(segment);
      this.#read(marker, segment);
    }
  }

  #marker(): number {
    const bytes = this.#bytes;
    if (bytes[this.#position] !== 0xff) throw new RangeError(`no marker at byte ${this.#position} of ${bytes.length}`);
    while (bytes[this.#position] === 0xff) this.#position++;
    const marker = bytes[this.#position++];
    if (marker === undefined) throw new RangeError(`it ends at byte ${bytes.length} without an end-of-image marker`);
    return marker;
  }

  #segment(): Uint8Array {
    const [high = 0, low = 0] = this.#bytes.subarray(this.#position, this.#position + 2);
    const end = this.#position + high * 256 + low;
    if (end < this.#position + 2 || end > this.#bytes.length)
      throw new RangeError(`the segment at byte ${this.#position} ends at byte ${end} of ${this.#bytes.length}`);
    const segment = this.#bytes.subarray(this.#position + 2, end);
    this.#position = end;
    return segment;
  }

  #read(marker: number, segment: Uint8Array): void {
    if (marker === DHT) this.#huffmanTables(segment);
    else if (marker === DQT) this.#quantisationTables(segment);
    else if (marker === DRI) this.#restartInterval = (segment[0] ?? 0) * 256 + (segment[1] ?? 0);
    else if (marker >= 0xc0 && marker <= 0xc3) this.#frameHeader((marker - 0xc0) as 0 | 1 | 2 | 3, segment);
    else if (OTHER_PROCESS.has(marker))
      throw new RangeError(`hierarchical and arithmetic coding are not read (marker ${marker.toString(16)})`);
  }

  #frameHeader(process: JpegFrame['process'], segment: Uint8Array): void {
    if (this.#frame) throw new RangeError('a second frame header');
    const [precision = 0, rowsHigh = 0, rowsLow = 0, columnsHigh = 0, columnsLow = 0, components = 0] = segment;
    const allowed =
      process === 0
        ? precision === 8
        : process === 3
          ? precision >= 2 && precision <= 16
          : precision === 8 || precision === 12;
    if (segment.length < 9 || !allowed)
      throw new RangeError(`${precision} bits a sample in a frame of type ${process}`);
    const [rows, columns] = [rowsHigh * 256 + rowsLow, columnsHigh * 256 + columnsLow];
    this.#frame = { process, precision, rows, columns, components, quantisation: segment[8] ?? 0 };
  }

  #huffmanTables(segment: Uint8Array): void {
    let rest = segment;
    while (rest.length > 0) {
      const counts = rest.subarray(1, 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const [target = 0] = rest;
      if (counts.length < 16 || rest.length < 17 + total || (target & 0xef) > 3)
        throw new RangeError('a Huffman table is cut off or badly numbered');
      const tables = target >= 16 ? this.#ac : this.#dc;
      tables[target & 15] = huffmanTable(counts, rest.subarray(17, 17 + total));
      rest = rest.subarray(17 + total);
    }
  }

  #quantisationTables(segment: Uint8Array): void {
    let rest = segment;
    while (rest.length > 0) {
      const [target = 0] = rest;
      const width = target >= 16 ? 2 : 1;
      if (rest.length < 1 + 64 * width || (target & 15) > 3 || target >= 32)
        throw new RangeError('a quantisation table is cut off or badly numbered');
      const at = (i: number) => rest[1 + i] ?? 0;
      this.#quantisation[target & 15] = Uint16Array.from({ length: 64 }, (_, i) =>
        width === 1 ? at(i) : at(2 * i) * 256 + at(2 * i + 1),
      );
      rest = rest.subarray(1 + 64 * width);
    }
  }

  #scan(segment: Uint8Array): JpegScan {
    const [components = 0, , tables = 0, first = 0, last = 0, approximation = 0] = segment;
    if (components !== 1 || segment.length < 6) throw new RangeError(`a scan of ${components} components`);
    return {
      start: this.#position,
      dc: this.#dc[tables >>> 4],
      ac: this.#ac[tables & 15],
      restartInterval: this.#restartInterval,
      first,
      last,
      high: approximation >>> 4,
      low: approximation & 15,
    };
  }
}

/**
 * Stored pixels to Hounsfield units, one slice at a time into the volume.
 */
import { concatenate } from '../../util/bytes.ts';
import { RefusedError } from '../refusal.ts';
import type { FileSource } from '../source.ts';
import { decodeFrame } from './codecs/decode.ts';
import { DicomDataSet } from './data-set.ts';
import type { PixelFormat } from './header.ts';
import type { PlannedImage } from './load.ts';

type Stored = Int16Array | Uint16Array | Uint8Array | Int8Array;

/** Reads the stored values of one image after another; of files that are wholly compressed it keeps the last one. */
export class PixelReader {
  #inflated: { source: FileSource; bytes: Uint8Array } | null = null;

  /**
   * The stored values of one image with their sign, row by row.
   * @throws RefusedError when the file has changed since its header was read, or compressed values are damaged
   */
  async read({ source, pixels, place }: Omit<PlannedImage<FileSource>, 'name'>): Promise<Stored> {
    const { rows, columns, bitsAllocated, bitsStored, highBit, signed } = pixels;
    if (place.kind === 'compressed') {
      const pieces = place.fragments.map(({ offset, length }) => source.read(offset, offset + length));
      const bytes = concatenate(await Promise.all(pieces));
      const values = await decodeFrame(place.transferSyntax, bytes, {
        rows,
        columns,
        bitsAllocated,
        name: source.name,
      });
      return withSign(values, { bitsAllocated, bitsStored, highBit: bitsStored - 1, signed });
    }
    const length = rows * columns * (bitsAllocated / 8);
    const whole = place.kind === 'deflated' ? await this.#inflate(source) : null;
    const { offset } = place;
    const bytes = whole ? whole.slice(offset, offset + length) : await source.read(offset, offset + length);
    if (bytes.length < length) {
      throw new RefusedError(
        source.name,
        `the file changed while it was read: ${bytes.length} bytes of pixel data for ${rows} × ${columns} pixels`,
      );
    }
    return withSign(nativeValues(bytes.slice(), pixels), { bitsAllocated, bitsStored, highBit, signed });
  }

  async #inflate(source: FileSource): Promise<Uint8Array> {
    if (this.#inflated?.source !== source) {
      const bytes = new DicomDataSet(await source.read(), source.name).contents;
      this.#inflated = { source, bytes };
    }
    return this.#inflated.bytes;
  }
}

function nativeValues(
  bytes: Uint8Array<ArrayBuffer>,
  { bitsAllocated, littleEndian }: PixelFormat,
): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  if (bitsAllocated === 8) return bytes;
  if (!littleEndian) swapPairs(bytes);
  // Typed arrays are little endian on every machine that has WebGPU.
  return new Uint16Array(bytes.buffer);
}

/** The bits from the high bit downwards, with their sign. */
function withSign(
  stored: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
  {
    bitsAllocated,
    bitsStored,
    highBit,
    signed,
  }: Omit<PixelFormat, 'rows' | 'columns' | 'littleEndian' | 'slope' | 'intercept'>,
): Stored {
  const Signed = bitsAllocated === 8 ? Int8Array : Int16Array;
  const values: Stored = signed ? new Signed(stored.buffer) : stored;
  if (bitsStored === bitsAllocated) return values;
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  for (let i = 0; i < values.length; i++) {
    const aligned = (values[i] ?? 0) << up;
    values[i] = signed ? aligned >> down : aligned >>> down;
  }
  return values;
}

function swapPairs(bytes: Uint8Array): void {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const first = bytes[i] ?? 0;
    bytes[i] = bytes[i + 1] ?? 0;
    bytes[i + 1] = first;
  }
}

/**
 * A volume that takes slices in any order and stays int16 as long as every value is a 16-bit integer; with the first
 * slice that is not, it becomes float32.
 */
export class HuVolume {
  data: Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

  /** @param voxels in the whole volume */
  constructor(voxels: number) {
    this.data = new Int16Array(voxels);
  }

  /**
   * HU = stored value · slope + intercept for every pixel of one slice. The padding value is a value like any other.
   * @param index of the slice's first voxel
   */
  setSlice(values: Stored, { slope, intercept }: PixelFormat, index: number): void {
    if (this.data instanceof Int16Array && !fitsInt16(values, slope, intercept))
      this.data = Float32Array.from(this.data);
    const target = this.data.subarray(index, index + values.length);
    for (let i = 0; i < values.length; i++) target[i] = (values[i] ?? 0) * slope + intercept;
  }
}

/** A linear function takes its extremes at those of its argument. */
function fitsInt16(values: Stored, slope: number, intercept: number): boolean {
  if (!Number.isInteger(slope) || !Number.isInteger(intercept)) return false;
  let min = values[0] ?? 0;
  let max = min;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  const [a, b] = [min * slope + intercept, max * slope + intercept];
  return Math.min(a, b) >= -32768 && Math.max(a, b) <= 32767;
}

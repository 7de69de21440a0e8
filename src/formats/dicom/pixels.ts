/**
 * Stored pixels to Hounsfield units, one slice at a time into the volume.
 */
import { RefusedError } from '../refusal.ts';
import type { PixelFormat } from './header.ts';

type Stored = Int16Array | Uint16Array | Uint8Array | Int8Array;

/** The stored values of one slice: the bits from the high bit downwards, with their sign. */
function storedValues(bytes: Uint8Array<ArrayBuffer>, format: PixelFormat, name: string): Stored {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed, littleEndian } = format;
  const length = rows * columns * (bitsAllocated / 8);
  if (bytes.length < length) {
    throw new RefusedError(
      name,
      `the file changed while it was read: ${bytes.length} bytes of pixel data for ${rows} × ${columns} pixels`,
    );
  }
  const values = viewOf(bytes.slice(0, length), bitsAllocated, signed, littleEndian);
  if (bitsStored === bitsAllocated) return values;
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  for (let i = 0; i < values.length; i++) {
    const aligned = (values[i] ?? 0) << up;
    values[i] = signed ? aligned >> down : aligned >>> down;
  }
  return values;
}

function viewOf(bytes: Uint8Array<ArrayBuffer>, bits: 8 | 16, signed: boolean, littleEndian: boolean): Stored {
  if (bits === 8) return signed ? new Int8Array(bytes.buffer) : bytes;
  if (!littleEndian) swapPairs(bytes);
  // Typed arrays are little endian on every machine that has WebGPU.
  return signed ? new Int16Array(bytes.buffer) : new Uint16Array(bytes.buffer);
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
   * @param bytes the slice's pixel data, from the first pixel on
   * @param index of the slice's first voxel
   * @throws RefusedError when there are fewer bytes than pixels
   */
  setSlice(bytes: Uint8Array<ArrayBuffer>, format: PixelFormat, index: number, name: string): void {
    const values = storedValues(bytes, format, name);
    const { slope, intercept } = format;
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

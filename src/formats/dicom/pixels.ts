/**
 * Stored pixels to Hounsfield units, one slice at a time into the volume.
 */
import { RefusedError } from '../refusal.ts';
import type { PixelFormat } from './header.ts';

/** Reads the stored values of one slice: the bits below the high bit, with their sign. */
function storedValues(bytes: Uint8Array, format: PixelFormat, name: string): Int32Array {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed, littleEndian } = format;
  const count = rows * columns;
  if (bytes.length < count * (bitsAllocated / 8)) {
    throw new RefusedError(name, `the file changed while it was read: ${bytes.length} bytes of pixel data for ${rows} × ${columns} pixels`);
  }
  const values = new Int32Array(count);
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const low = littleEndian ? 0 : 1;
  for (let i = 0; i < count; i++) {
    const raw = bitsAllocated === 8 ? (bytes[i] ?? 0) : (bytes[2 * i + low] ?? 0) | ((bytes[2 * i + 1 - low] ?? 0) << 8);
    values[i] = signed ? (raw << up) >> down : (raw << up) >>> down;
  }
  return values;
}

/**
 * A volume that takes slices in any order and stays int16 as long as every value is a 16-bit integer; with the first
 * slice that is not, it becomes float32.
 */
export class HuVolume {
  data: Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

  constructor(readonly voxels: number) {
    this.data = new Int16Array(voxels);
  }

  /**
   * HU = stored value · slope + intercept for every pixel of one slice. The padding value is a value like any other.
   * @param bytes the slice's pixel data, from the first pixel on
   * @param index of the slice's first voxel
   */
  setSlice(bytes: Uint8Array, format: PixelFormat, index: number, name: string): void {
    const values = storedValues(bytes, format, name);
    const { slope, intercept } = format;
    if (this.data instanceof Int16Array && !fitsInt16(values, slope, intercept)) this.data = Float32Array.from(this.data);
    const target = this.data;
    for (let i = 0; i < values.length; i++) target[index + i] = (values[i] ?? 0) * slope + intercept;
  }
}

function fitsInt16(values: Int32Array, slope: number, intercept: number): boolean {
  if (!Number.isInteger(slope) || !Number.isInteger(intercept)) return false;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const hu = (values[i] ?? 0) * slope + intercept;
    if (hu < min) min = hu;
    if (hu > max) max = hu;
  }
  return min >= -32768 && max <= 32767;
}

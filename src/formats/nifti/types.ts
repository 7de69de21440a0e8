/**
 * NIfTI's data types: those that are plain numbers and can be read, and the names of the others.
 */
import type { VolumeArray } from '../volume.ts';

export interface NiftiType {
  name: string;
  /** Bytes of one stored value. */
  bytes: number;
  /**
   * The values in `buffer` from byte `offset` on, in the machine's byte order; 64-bit integers become doubles (exact up
   * to 2⁵³).
   */
  view: (buffer: ArrayBuffer, offset: number, count: number) => VolumeArray;
}

const READABLE: Readonly<Record<number, NiftiType>> = {
  2: { name: 'uint8', bytes: 1, view: (buffer, offset, count) => new Uint8Array(buffer, offset, count) },
  4: { name: 'int16', bytes: 2, view: (buffer, offset, count) => new Int16Array(buffer, offset, count) },
  8: { name: 'int32', bytes: 4, view: (buffer, offset, count) => new Int32Array(buffer, offset, count) },
  16: { name: 'float32', bytes: 4, view: (buffer, offset, count) => new Float32Array(buffer, offset, count) },
  64: { name: 'float64', bytes: 8, view: (buffer, offset, count) => new Float64Array(buffer, offset, count) },
  256: { name: 'int8', bytes: 1, view: (buffer, offset, count) => new Int8Array(buffer, offset, count) },
  512: { name: 'uint16', bytes: 2, view: (buffer, offset, count) => new Uint16Array(buffer, offset, count) },
  768: { name: 'uint32', bytes: 4, view: (buffer, offset, count) => new Uint32Array(buffer, offset, count) },
  1024: {
    name: 'int64',
    bytes: 8,
    view: (buffer, offset, count) => Float64Array.from(new BigInt64Array(buffer, offset, count), Number),
  },
  1280: {
    name: 'uint64',
    bytes: 8,
    view: (buffer, offset, count) => Float64Array.from(new BigUint64Array(buffer, offset, count), Number),
  },
};

const UNREADABLE: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers (complex64)',
  128: 'colours (RGB)',
  1536: '128-bit floats',
  1792: 'complex numbers (complex128)',
  2048: 'complex numbers (complex256)',
  2304: 'colours (RGBA)',
};

/** The data type of a NIfTI code, or what it is that cannot be read. */
export function niftiType(code: number): NiftiType | { unreadable: string } {
  return READABLE[code] ?? { unreadable: UNREADABLE[code] ?? `of unknown data type ${code}` };
}

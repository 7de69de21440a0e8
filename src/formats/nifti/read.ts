/**
 * NIfTI files (.nii, .nii.gz) to volumes.
 */
import { gunzipInto, gunzipStart, isGzip, MOST_GZIP_RATIO } from '../gzip.ts';
import { RefusedError } from '../refusal.ts';
import type { Volume, VolumeArray } from '../volume.ts';
import { NIFTI_HEADER_END, type NiftiHeader, readNiftiHeader } from './header.ts';

/** Bytes that may follow the voxels without the header being called wrong. */
const EXCESS = 1 << 20;

/** Whether a file's name is that of a single-file NIfTI image. */
export function isNiftiName(name: string): boolean {
  return /\.nii(\.gz)?$/i.test(name);
}

/**
 * The header alone.
 * @param start the file's first bytes, compressed or not; 64 KiB are plenty
 * @param pair whether the voxels lie in a file of their own
 */
export function readNiftiStart(start: Uint8Array<ArrayBuffer>, name: string, pair = false): NiftiHeader {
  return readNiftiHeader(isGzip(start) ? gunzipStart(start, NIFTI_HEADER_END, name) : start, name, pair);
}

/**
 * The volume in a file. Values are scaled by the header's slope and intercept; the type is the file's own unless they
 * are scaled (int16 where all results are 16-bit integers, else float32) or 64-bit integers (float64). The volume may
 * share memory with `bytes`.
 * @throws RefusedError for anything but one scalar volume, and for a header that announces more than the file holds
 */
export function readNifti(bytes: Uint8Array<ArrayBuffer>, name: string): Volume {
  return readNiftiVoxels(bytes, name, readNiftiStart(bytes, name));
}

/**
 * The volume whose header is known, as {@link readNifti} gives it.
 * @param bytes the whole file, or the image file of a pair
 */
export function readNiftiVoxels(bytes: Uint8Array<ArrayBuffer>, name: string, header: NiftiHeader): Volume {
  const count = header.size[0] * header.size[1] * header.size[2];
  const length = count * header.type.bytes;
  const most = isGzip(bytes) ? bytes.length * MOST_GZIP_RATIO : bytes.length;
  if (header.offset + length > most)
    throw tooShort(header, length, isGzip(bytes) ? `at most ${most}` : `${most}`, name);
  const voxels = isGzip(bytes) ? inflateVoxels(bytes, header, length, name) : alignedBytes(bytes, header, length);
  if (!header.littleEndian) swapBytes(voxels, header.type.bytes);
  const data = rescale(header.type.view(voxels.buffer, voxels.byteOffset, count), header);
  return { data, size: header.size, affine: header.affine };
}

/** Bytes that reading a file of `fileSize` bytes takes at most: the file, its voxels, and these scaled to float32 and int16. */
export function niftiBytes({ size, type, slope, intercept }: NiftiHeader, fileSize: number): number {
  const scaled = slope === 1 && intercept === 0 ? 0 : 6;
  return fileSize + size[0] * size[1] * size[2] * (type.bytes + scaled);
}

function tooShort({ size, type, offset }: NiftiHeader, length: number, found: string, name: string): RefusedError {
  return new RefusedError(
    name,
    `truncated, or its header is wrong: ${size.join(' × ')} voxels of ${type.name} need ${offset + length} bytes, the file holds ${found}`,
  );
}

function inflateVoxels(
  bytes: Uint8Array<ArrayBuffer>,
  header: NiftiHeader,
  length: number,
  name: string,
): Uint8Array<ArrayBuffer> {
  const voxels = new Uint8Array(length);
  const found = gunzipInto(bytes, header.offset, voxels, EXCESS, name);
  if (found < header.offset + length) throw tooShort(header, length, `${found}`, name);
  return voxels;
}

/** The voxels' bytes where a typed array can view them; copied where they would be swapped in place or lie askew. */
function alignedBytes(bytes: Uint8Array<ArrayBuffer>, header: NiftiHeader, length: number): Uint8Array<ArrayBuffer> {
  const voxels = bytes.subarray(header.offset, header.offset + length);
  return header.littleEndian && voxels.byteOffset % header.type.bytes === 0 ? voxels : voxels.slice();
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low] ?? 0;
      bytes[low] = bytes[high] ?? 0;
      bytes[high] = byte;
    }
  }
}

function rescale(stored: VolumeArray, { slope, intercept }: NiftiHeader): VolumeArray {
  if (slope === 1 && intercept === 0) return stored;
  const scaled = new Float32Array(stored.length);
  let isInt16 = true;
  for (let i = 0; i < stored.length; i++) {
    const value = (stored[i] ?? 0) * slope + intercept;
    isInt16 &&= (value << 16) >> 16 === value;
    scaled[i] = value;
  }
  return isInt16 ? Int16Array.from(scaled) : scaled;
}

/**
 * Volumes to NIfTI-1 files, one file, little endian, with sform and qform.
 */
import { gzipSync } from 'fflate';
import {
  cross,
  dot,
  type Matrix4,
  nearestRotation,
  shear,
  spacing,
  type Vector3,
  type Volume,
  type VolumeArray,
} from '../volume.ts';

const HEADER = 348;
const DATA_OFFSET = 352;
const SCANNER = 1;
const MILLIMETRES_AND_SECONDS = 2 + 8;
const INT16 = 4;
const FLOAT32 = 16;
/** A qform can only hold right angles; beyond this shear (degrees) the file has its sform alone. */
const SHEAR_TOLERANCE = 0.01;

/** The unit quaternion (b, c, d) of a rotation given by its columns, with a ≥ 0 (nifti1_io's nifti_mat44_to_quatern). */
function quaternion([x, y, z]: readonly [Vector3, Vector3, Vector3]): Vector3 {
  const trace = x[0] + y[1] + z[2];
  // The largest of the four parts is computed first: dividing by a small one would lose digits.
  const squares = [trace, x[0] - y[1] - z[2], y[1] - x[0] - z[2], z[2] - x[0] - y[1]].map((value) =>
    Math.max(0, 1 + value),
  );
  const largest = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[largest] ?? 1);
  const [a, b, c, d] = [
    [s / 4, (y[2] - z[1]) / s, (z[0] - x[2]) / s, (x[1] - y[0]) / s],
    [(y[2] - z[1]) / s, s / 4, (y[0] + x[1]) / s, (z[0] + x[2]) / s],
    [(z[0] - x[2]) / s, (y[0] + x[1]) / s, s / 4, (z[1] + y[2]) / s],
    [(x[1] - y[0]) / s, (z[0] + x[2]) / s, (z[1] + y[2]) / s, s / 4],
  ][largest] ?? [1, 0, 0, 0];
  const sign = (a ?? 0) < 0 ? -1 : 1;
  return [sign * (b ?? 0), sign * (c ?? 0), sign * (d ?? 0)];
}

/** qfac, quaternion and offset; a left-handed grid is a rotation with its third axis turned round (qfac −1). */
function writeTransforms(view: DataView, affine: Matrix4): void {
  const [x, y, z] = nearestRotation(affine);
  const hand = dot(x, cross(y, z)) < 0 ? -1 : 1;
  const [b, c, d] = quaternion([x, y, [z[0] * hand, z[1] * hand, z[2] * hand]]);
  const origin = [affine[3] ?? 0, affine[7] ?? 0, affine[11] ?? 0];
  view.setFloat32(76, hand, true);
  view.setInt16(252, shear(affine) < SHEAR_TOLERANCE ? SCANNER : 0, true);
  view.setInt16(254, SCANNER, true);
  for (const [i, value] of [b, c, d, ...origin].entries()) view.setFloat32(256 + 4 * i, value, true);
  for (let i = 0; i < 12; i++) view.setFloat32(280 + 4 * i, affine[i] ?? 0, true);
}

function isInt16(data: VolumeArray): boolean {
  if (data instanceof Int16Array || data instanceof Uint8Array || data instanceof Int8Array) return true;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    if ((value << 16) >> 16 !== value) return false;
  }
  return true;
}

function writeHeader(view: DataView, { size, affine }: Volume, code: number, bits: number): void {
  view.setInt32(0, HEADER, true);
  [3, ...size, 1, 1, 1, 1].forEach((value, i) => {
    view.setInt16(40 + 2 * i, value, true);
  });
  view.setInt16(70, code, true);
  view.setInt16(72, bits, true);
  spacing(affine).forEach((value, i) => {
    view.setFloat32(80 + 4 * i, value, true);
  });
  view.setFloat32(108, DATA_OFFSET, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, MILLIMETRES_AND_SECONDS);
  writeTransforms(view, affine);
  for (const [i, byte] of [...'n+1'].entries()) view.setUint8(344 + i, byte.charCodeAt(0));
}

/**
 * A `.nii` file (`.nii.gz` with `gzip`): int16 where every voxel is a 16-bit integer, else float32. The same volume gives
 * the same bytes.
 * @throws RangeError for a size that NIfTI-1 cannot hold (more than 32,767 along an axis) or that the data do not have
 */
export function writeNifti(volume: Volume, { gzip }: { gzip: boolean }): Uint8Array<ArrayBuffer> {
  const { data, size } = volume;
  const text = size.join(' × ');
  if (size.some((length) => length < 1 || length > 32767)) throw new RangeError(`NIfTI-1 cannot hold ${text} voxels`);
  if (data.length !== size[0] * size[1] * size[2]) throw new RangeError(`${data.length} values for ${text} voxels`);
  const short = isInt16(data);
  const bytes = new Uint8Array(DATA_OFFSET + data.length * (short ? 2 : 4));
  const view = new DataView(bytes.buffer);
  writeHeader(view, volume, short ? INT16 : FLOAT32, short ? 16 : 32);
  // Typed arrays are little endian on every machine that has WebGPU.
  if (short) new Int16Array(bytes.buffer, DATA_OFFSET).set(data);
  else new Float32Array(bytes.buffer, DATA_OFFSET).set(data);
  return gzip ? gzipSync(bytes, { level: 6, mtime: 0 }) : bytes;
}

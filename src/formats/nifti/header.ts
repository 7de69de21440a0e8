/**
 * NIfTI-1 and NIfTI-2 headers (nifti1.h, nifti2.h). nifti-reader-js reads the fields; it believes whatever it finds, so
 * every field that decides about sizes, offsets or places is checked here.
 */
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { RefusedError } from '../refusal.ts';
import { affineFromColumns, isInvertible, type Matrix4, scale, type Vector3 } from '../volume.ts';
import { type NiftiType, niftiType } from './types.ts';

/** Bytes from the start of a file that {@link readNiftiHeader} needs. */
export const NIFTI_HEADER_END = 544;

export interface NiftiHeader {
  version: 1 | 2;
  littleEndian: boolean;
  size: Vector3;
  type: NiftiType;
  /** Byte at which the voxels begin. */
  offset: number;
  /** Value = stored · slope + intercept. */
  slope: number;
  intercept: number;
  /** Voxel index to RAS+ mm. */
  affine: Matrix4;
  /** Which of the header's two transforms the affine comes from. */
  transform: 'sform' | 'qform' | 'none';
}

interface Layout {
  version: 1 | 2;
  bytes: number;
  littleEndian: boolean;
}

function layoutOf(bytes: Uint8Array<ArrayBuffer>, pair: boolean, name: string): Layout {
  if (bytes.length < 4) throw new RefusedError(name, `${bytes.length} bytes are too few for a NIfTI header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size !== 348 && size !== 540) continue;
    // Four bytes that announce extensions follow, except that header files of pairs may end without them.
    const needed = pair ? size : size + 4;
    if (bytes.length < needed)
      throw new RefusedError(name, `truncated: the header is cut off at byte ${bytes.length} of ${needed}`);
    return { version: size === 348 ? 1 : 2, bytes: size, littleEndian };
  }
  throw new RefusedError(name, `not a NIfTI file: the header's size is ${view.getInt32(0, true)}, not 348 or 540`);
}

function refuseOtherMagic(magic: string, version: 1 | 2, pair: boolean, name: string): void {
  const [single, double] = [`n+${version}`, `ni${version}`];
  if (magic === (pair ? double : single)) return;
  if (magic === single)
    throw new RefusedError(name, 'it says that header and voxels are one file, but is named as half of a pair');
  if (magic === double)
    throw new RefusedError(name, 'it says that the voxels are in a file of their own, but is not named .hdr');
  const found = `its magic is "${magic.replace(/[^ -~]/g, '?')}"`;
  throw new RefusedError(
    name,
    pair
      ? `not a NIfTI header (${found}); Analyze 7.5 files do not say how the patient lies`
      : `not a NIfTI file: ${found}`,
  );
}

/**
 * Reads and checks a header.
 * @param start at least the first {@link NIFTI_HEADER_END} bytes of the (uncompressed) file, or all of a shorter one
 * @param pair whether the voxels lie in a file of their own
 * @throws RefusedError for anything that is no NIfTI image of one scalar volume
 */
export function readNiftiHeader(start: Uint8Array<ArrayBuffer>, name: string, pair = false): NiftiHeader {
  const layout = layoutOf(start, pair, name);
  // Only the header itself is handed over: behind it the package would follow extensions whose sizes it does not check.
  const bytes = start.slice(0, layout.bytes);
  const header = layout.version === 1 ? new NIFTI1() : new NIFTI2();
  header.readHeader(bytes.buffer);
  const refuse = (cause: string): never => {
    throw new RefusedError(name, cause);
  };
  const magic = String.fromCharCode(...bytes.subarray(layout.version === 1 ? 344 : 4).subarray(0, 3));
  refuseOtherMagic(magic, layout.version, pair, name);
  const type = niftiType(header.datatypeCode);
  if ('unreadable' in type) return refuse(`its voxels are ${type.unreadable}, a volume needs plain numbers`);
  if (header.numBitsPerVoxel !== type.bytes * 8) {
    refuse(`data type ${type.name} has ${type.bytes * 8} bits, the header says ${header.numBitsPerVoxel}`);
  }
  const size = readSize(header.dims, name);
  return {
    version: layout.version,
    littleEndian: layout.littleEndian,
    size,
    type,
    offset: readOffset(header.vox_offset, pair ? 0 : layout.bytes + 4, name),
    ...readRescale(header.scl_slope, header.scl_inter, name),
    ...readAffine(header, new DataView(bytes.buffer), layout, size, name),
  };
}

function readSize(dims: readonly number[], name: string): Vector3 {
  const [count = 0, nx = 0, ny = 0, nz = 0] = dims;
  if (!Number.isInteger(count) || count < 1 || count > 7)
    throw new RefusedError(name, `${count} dimensions, 1 to 7 are possible`);
  const used = dims.slice(1, count + 1);
  const text = used.join(' × ');
  if (count < 3) throw new RefusedError(name, `an image of ${text}, not a volume of three dimensions`);
  if (used.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 1))
    throw new RefusedError(name, `impossible size ${text}`);
  if (used.slice(3).some((dimension) => dimension > 1)) {
    throw new RefusedError(name, `${text}: several volumes in one file; save the one that is meant by itself`);
  }
  return [nx, ny, nz];
}

function readOffset(offset: number, least: number, name: string): number {
  if (offset === 0) return least;
  if (!Number.isSafeInteger(offset) || offset < least)
    throw new RefusedError(name, `impossible offset of the voxels: byte ${offset} (at least ${least})`);
  return offset;
}

/** A slope of 0 says that values are not scaled. */
function readRescale(slope: number, intercept: number, name: string): { slope: number; intercept: number } {
  if (slope === 0 || !Number.isFinite(slope)) return { slope: 1, intercept: 0 };
  if (!Number.isFinite(intercept)) throw new RefusedError(name, `scale ${slope} with intercept ${intercept}`);
  return { slope, intercept };
}

const UNIT_IN_MM: Readonly<Record<number, number>> = { 1: 1000, 3: 0.001 };

/** As nibabel: the sform where its code says so, else the qform, else voxel sizes alone with the volume's middle at 0. */
function readAffine(
  header: NIFTI1 | NIFTI2,
  view: DataView,
  { version, littleEndian }: Layout,
  size: Vector3,
  name: string,
): Pick<NiftiHeader, 'affine' | 'transform'> {
  const millimetres = UNIT_IN_MM[header.xyzt_units & 7] ?? 1;
  const transform = header.sform_code > 0 ? 'sform' : header.qform_code > 0 ? 'qform' : 'none';
  const raw =
    transform === 'sform'
      ? sform(view, version, littleEndian)
      : transform === 'qform'
        ? qform(header, name)
        : plainGrid(voxelSizes(header, name), size);
  const affine = raw.map((value, i) => (i < 12 ? value * millimetres : value));
  if (!isInvertible(affine)) {
    const rows = [0, 4, 8].map((row) => `[${affine.slice(row, row + 4).join(' ')}]`).join(' ');
    throw new RefusedError(name, `its ${transform === 'none' ? 'voxel sizes' : transform} ${rows} spans no volume`);
  }
  return { affine, transform };
}

function sform(view: DataView, version: 1 | 2, littleEndian: boolean): Matrix4 {
  const value = (i: number) =>
    version === 1 ? view.getFloat32(280 + 4 * i, littleEndian) : view.getFloat64(400 + 8 * i, littleEndian);
  return [...Array.from({ length: 12 }, (_, i) => value(i)), 0, 0, 0, 1];
}

function voxelSizes(header: NIFTI1 | NIFTI2, name: string): Vector3 {
  const [, x = 0, y = 0, z = 0] = header.pixDims;
  if (!(x > 0 && y > 0 && z > 0)) throw new RefusedError(name, `impossible voxel size ${x} × ${y} × ${z}`);
  return [x, y, z];
}

/** nifti1.h, method 2: a quaternion (its first part follows from the others), voxel sizes, an offset. */
function qform(header: NIFTI1 | NIFTI2, name: string): Matrix4 {
  const [dx, dy, dz] = voxelSizes(header, name);
  const { quatern_b: b, quatern_c: c, quatern_d: d } = header;
  const rest = 1 - (b * b + c * c + d * d);
  if (!(rest > -1e-5)) throw new RefusedError(name, `its qform's quaternion (${b}, ${c}, ${d}) is longer than 1`);
  const a = Math.sqrt(Math.max(0, rest));
  const hand = header.pixDims[0] === -1 ? -1 : 1;
  const x: Vector3 = [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)];
  const y: Vector3 = [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)];
  const z: Vector3 = [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c];
  const origin: Vector3 = [header.qoffset_x, header.qoffset_y, header.qoffset_z];
  return affineFromColumns(scale(x, dx), scale(y, dy), scale(z, dz * hand), origin);
}

/** Where neither transform is set: axes along the world's, x from right to left, the volume's middle at 0. */
function plainGrid([dx, dy, dz]: Vector3, [nx, ny, nz]: Vector3): Matrix4 {
  return affineFromColumns(
    [-dx, 0, 0],
    [0, dy, 0],
    [0, 0, dz],
    [((nx - 1) / 2) * dx, (-(ny - 1) / 2) * dy, (-(nz - 1) / 2) * dz],
  );
}

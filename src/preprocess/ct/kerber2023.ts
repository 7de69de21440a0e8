/**
 * The `kerber2023` recipe: a CT volume to one picture of 224 × 224 in [0, 1].
 *
 *   stored voxels → RAS+, 112 × 112 × 224 by cubic splines → body mask → maximum projections → scaled to [0, 1]
 *
 * Scans whose grid is sheared or turned are sampled along the patient's axes first (straight.ts).
 *
 * Everything else runs on the device; read back are the picture, five counts, and a word now and then that tells whether the
 * watershed has come to rest.
 */
import { isInvertible, obliqueness, shear, type Volume } from '../../formats/volume.ts';
import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { censusOfBits, unpackBits } from '../../kernels/bits/bits.ts';
import { fill } from '../../kernels/elementwise/fill.ts';
import { maskedMaxProjection } from '../../kernels/max_projection/max_projection.ts';
import { normalize } from '../../kernels/normalize/normalize.ts';
import { voxelCount } from '../../kernels/shape.ts';
import { UserError } from '../../util/errors.ts';
import { bodyMask } from './body.ts';
import { signsInMask, signsInValues } from './quality.ts';
import { AIR, BODY_THRESHOLD, GRID, PICTURE_SIZE, type RecipeOptions, SLAB } from './recipe.ts';
import { resampleToRas } from './resample.ts';
import { resampleStraight } from './straight.ts';
import { warningsOf } from './warnings.ts';

/** Degrees of shear beyond which anatomy is bent, and a scan is sampled on straight axes. */
const SHEARED = 0.5;
/** Degrees from the patient's axes beyond which it is, too: patients themselves lie turned by less. */
const TURNED = 5;
/** Degrees of shear beyond which it is no gantry's, which tilt by 30°, and the geometry is not believed. */
const MOST_SHEAR = 35;

/** A prepared study on the device. */
export interface PreparedCt {
  /** float32 [112, 112, 224] in HU along R, A, S. */
  volume: GpuBuffer;
  /** The body, as bits. */
  mask: GpuBuffer;
  /** float32 [224, 224] in [0, 1]: coronal above sagittal, columns from feet to head. */
  image: GpuBuffer;
  /** Body voxels: all, and on the left, right, back and front side. */
  census: GpuBuffer;
  /** Stored voxels that were NaN or infinite and were taken for air. */
  notFinite: number;
  release(): void;
}

/** Refuses what would silently give another picture. */
function checkVolume({ data, size, affine }: Volume): void {
  if (size.some((n) => !Number.isInteger(n) || n < 1) || data.length !== voxelCount(size)) {
    throw new UserError(`a volume of ${size.join(' × ')} voxels with ${data.length} values cannot be prepared`);
  }
  if (!isInvertible(affine))
    throw new UserError('the volume has no usable geometry: its affine matrix is singular or not finite');
  if (shear(affine) > MOST_SHEAR) {
    throw new UserError(
      `the slices are sheared by ${shear(affine).toFixed(1)}°; a gantry tilts by 30° at most, so the affine matrix is not believed`,
    );
  }
}

const isStraight = ({ affine }: Volume): boolean => shear(affine) <= SHEARED && obliqueness(affine) <= TURNED;

/** Slices [start, stop) in the middle of an axis. */
function centralSlices(size: number, slab: number | 'full'): { start: number; stop: number } {
  if (slab === 'full') return { start: 0, stop: size };
  if (!Number.isInteger(slab) || slab < 1 || slab > size) {
    throw new UserError(
      `a slab of ${slab} slices cannot be projected; give a whole number from 1 to ${size}, or "full"`,
    );
  }
  const start = Math.floor(size / 2) - Math.floor(slab / 2);
  return { start, stop: start + slab };
}

/** Coronal maximum above sagittal maximum of the masked volume, [224, 224]. The caller releases it. */
function projections(
  gpu: Gpu,
  volume: GpuBuffer,
  bits: GpuBuffer,
  slab: number | 'full',
  values: { least: number; outside: number },
): GpuBuffer {
  const projected = gpu.alloc(4 * PICTURE_SIZE * PICTURE_SIZE, 'projections');
  for (const axis of [1, 0] as const) {
    const firstRow = axis === 1 ? 0 : GRID[0];
    const options = { shape: GRID, axis, ...centralSlices(GRID[axis], slab), ...values };
    maskedMaxProjection(gpu, { x: volume, bits, y: projected, firstRow, ...options });
  }
  return projected;
}

/** The projections scaled to [0, 1]. The caller releases it. */
function picture(gpu: Gpu, volume: GpuBuffer, bits: GpuBuffer, slab: number | 'full'): GpuBuffer {
  const n = PICTURE_SIZE * PICTURE_SIZE;
  const image = gpu.alloc(4 * n, 'picture');
  const projected = projections(gpu, volume, bits, slab, { least: BODY_THRESHOLD, outside: AIR });
  normalize(gpu, { x: projected, y: image, n, least: AIR });
  projected.release();
  return image;
}

/** Runs the recipe and leaves every result on the device. Throws UserError for a volume it cannot do right by. */
export async function kerber2023(gpu: Gpu, volume: Volume, options: RecipeOptions = {}): Promise<PreparedCt> {
  const { markers = 'band', slab = SLAB } = options;
  checkVolume(volume);
  centralSlices(GRID[0], slab);
  const resample = isStraight(volume) ? resampleToRas : resampleStraight;
  const { volume: resampled, notFinite } = await resample(gpu, volume, GRID, AIR);
  const mask = await bodyMask(gpu, resampled, GRID, markers);
  const image = picture(gpu, resampled, mask, slab);
  const census = censusOfBits(gpu, { bits: mask, shape: GRID });
  const release = () => {
    for (const buffer of [resampled, mask, image, census]) buffer.release();
  };
  return { volume: resampled, mask, image, census, notFinite, release };
}

/** The body mask as 32-bit integers [112, 112, 224], 1 inside. The caller releases it. */
export function maskVoxels(gpu: Gpu, { mask }: PreparedCt): GpuBuffer {
  const y = gpu.alloc(4 * voxelCount(GRID), 'mask');
  unpackBits(gpu, { bits: mask, y, shape: GRID });
  return y;
}

/** What a study becomes. */
export interface CtPicture {
  /** 224 × 224 in [0, 1], rows first: coronal above sagittal, columns from feet to head. */
  image: Float32Array<ArrayBuffer>;
  /** Share of the scan that the body fills. */
  bodyShare: number;
  warnings: string[];
}

/** A study for a person to look at. */
export interface CtInspection extends CtPicture {
  /** 224 × 224, laid out as the picture: 1 where the mask has a voxel within the projected slices, else 0. */
  mask: Float32Array<ArrayBuffer>;
}

/** The mask's own projections, [224, 224] of 0 and 1. The caller releases them. */
function maskPicture(gpu: Gpu, { mask }: PreparedCt, slab: number | 'full'): GpuBuffer {
  const n = voxelCount(GRID);
  const ones = gpu.alloc(4 * n, 'ones');
  fill(gpu, { y: ones, n, value: 1 });
  const y = projections(gpu, ones, mask, slab, { least: 0, outside: 0 });
  ones.release();
  return y;
}

/** Prepares a study and reads its picture and mask, with the signs of `quality.ts` among the warnings. */
export async function inspectCt(gpu: Gpu, volume: Volume, options: RecipeOptions = {}): Promise<CtInspection> {
  const prepared = await kerber2023(gpu, volume, options);
  const [projected, voxels] = [maskPicture(gpu, prepared, options.slab ?? SLAB), maskVoxels(gpu, prepared)];
  try {
    const picture = await readPicture(gpu, volume, prepared);
    const mask = new Float32Array(await gpu.read(projected));
    const signs = [...signsInValues(volume), ...signsInMask(new Uint32Array(await gpu.read(voxels)), GRID)];
    return { ...picture, mask, warnings: [...picture.warnings, ...signs] };
  } finally {
    for (const each of [prepared, projected, voxels]) each.release();
  }
}

/** Prepares a study and reads its picture. Throws UserError for a volume that the recipe cannot do right by. */
export async function prepareCtPicture(gpu: Gpu, volume: Volume, options: RecipeOptions = {}): Promise<CtPicture> {
  const prepared = await kerber2023(gpu, volume, options);
  try {
    return await readPicture(gpu, volume, prepared);
  } finally {
    prepared.release();
  }
}

async function readPicture(gpu: Gpu, volume: Volume, prepared: PreparedCt): Promise<CtPicture> {
  const [image, counts] = await Promise.all([gpu.read(prepared.image), gpu.read(prepared.census)]);
  const census = new Uint32Array(counts);
  return {
    image: new Float32Array(image),
    bodyShare: (census[0] ?? 0) / voxelCount(GRID),
    warnings: warningsOf(volume, isStraight(volume), census, prepared.notFinite),
  };
}

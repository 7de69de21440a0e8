/**
 * The pixels of a series that was chosen: one image after another into the volume.
 */
import { RefusedError } from '../refusal.ts';
import type { FileSource } from '../source.ts';
import type { Matrix4, Vector3, Volume } from '../volume.ts';
import type { PixelFormat, PixelPlace } from './header.ts';
import { HuVolume, PixelReader } from './pixels.ts';

/** One image of a series: its file, its name in messages, where its values lie. */
export interface PlannedImage<Source> {
  source: Source;
  name: string;
  pixels: PixelFormat;
  place: PixelPlace;
}

/** A series as it is read. */
export interface DicomPlan<Source> {
  kind: 'dicom';
  /** From the least to the greatest position along the normal. */
  slices: readonly PlannedImage<Source>[];
  /** Further files of images that are in the volume already; `of` is the slice's index. */
  copies: readonly (PlannedImage<Source> & { of: number })[];
  /** Numbers of the volume's slices that are interpolated from those beside them. */
  missing: readonly number[];
  size: Vector3;
  affine: Matrix4;
}

/**
 * Reads the pixels of a series, one image at a time: besides the volume no more than one file is in memory.
 * Voxels are HU, int16 where all are 16-bit integers, else float32; x fastest, slices along their normal.
 * @throws RefusedError when a file has changed since its header was read, compressed values are damaged, or a copy of an
 *   image holds other values than the image
 */
export async function loadSeries({ slices, copies, missing, size, affine }: DicomPlan<FileSource>): Promise<Volume> {
  const [columns, rows, count] = size;
  const hu = new HuVolume(columns * rows * count);
  const reader = new PixelReader();
  const gaps = new Set(missing);
  let z = 0;
  for (const [i, slice] of slices.entries()) {
    while (gaps.has(z)) z++;
    const values = await reader.read(slice);
    hu.setSlice(values, slice.pixels, z++ * columns * rows);
    for (const copy of copies) if (copy.of === i) await refuseOtherValues(reader, copy, slice.name, values);
  }
  for (const gap of missing) mend(hu.data, gap, columns * rows);
  return { data: hu.data, size, affine };
}

/** The mean of the slices beside a missing one, to whole HU where the volume has such. */
function mend(data: Volume['data'], slice: number, voxels: number): void {
  const start = slice * voxels;
  const round = data instanceof Int16Array ? Math.round : (value: number) => value;
  for (let i = start; i < start + voxels; i++) data[i] = round(((data[i - voxels] ?? 0) + (data[i + voxels] ?? 0)) / 2);
}

async function refuseOtherValues(
  reader: PixelReader,
  copy: PlannedImage<FileSource>,
  of: string,
  values: ArrayLike<number>,
): Promise<void> {
  const again = await reader.read(copy);
  if (again.length === values.length && again.every((value, i) => value === values[i])) return;
  throw new RefusedError([of, copy.name], 'two files with the same SOPInstanceUID hold different pixels');
}

/** Bytes that {@link loadSeries} takes at most for a volume; twice while it turns from int16 to float32. */
export function seriesBytes({ slices, size: [columns, rows, count] }: DicomPlan<unknown>): number {
  const whole = slices.every(({ pixels }) => Number.isInteger(pixels.slope) && Number.isInteger(pixels.intercept));
  return columns * rows * count * (whole ? 2 : 6);
}

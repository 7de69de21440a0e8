/**
 * The pixels of a series that was chosen: one image after another into the volume.
 */
import { RefusedError } from '../refusal.ts';
import type { FileSource } from '../source.ts';
import type { Matrix4, Vector3, Volume } from '../volume.ts';
import type { PixelFormat } from './header.ts';
import { HuVolume, PixelReader } from './pixels.ts';

/** One image of a series: its file, its name in messages, where its values lie. */
export interface PlannedImage<Source> {
  source: Source;
  name: string;
  pixels: PixelFormat;
}

/** A series as it is read. */
export interface DicomPlan<Source> {
  kind: 'dicom';
  /** From the least to the greatest position along the normal. */
  slices: readonly PlannedImage<Source>[];
  /** Further files of images that are in the volume already; `of` is the slice's index. */
  copies: readonly (PlannedImage<Source> & { of: number })[];
  size: Vector3;
  affine: Matrix4;
}

/**
 * Reads the pixels of a series, one image at a time: besides the volume no more than one file is in memory.
 * Voxels are HU, int16 where all are 16-bit integers, else float32; x fastest, slices along their normal.
 * @throws RefusedError when a file has changed since its header was read, compressed values are damaged, or a copy of an
 *   image holds other values than the image
 */
export async function loadSeries({ slices, copies, size, affine }: DicomPlan<FileSource>): Promise<Volume> {
  const [columns, rows, count] = size;
  const hu = new HuVolume(columns * rows * count);
  const reader = new PixelReader();
  for (const [z, slice] of slices.entries()) {
    const values = await reader.read(slice.source, slice.pixels);
    hu.setSlice(values, slice.pixels, z * columns * rows);
    for (const copy of copies) if (copy.of === z) await refuseOtherValues(reader, copy, slice.name, values);
  }
  return { data: hu.data, size, affine };
}

async function refuseOtherValues(
  reader: PixelReader,
  copy: PlannedImage<FileSource>,
  of: string,
  values: ArrayLike<number>,
): Promise<void> {
  const again = await reader.read(copy.source, copy.pixels);
  if (again.length === values.length && again.every((value, i) => value === values[i])) return;
  throw new RefusedError([of, copy.name], 'two files with the same SOPInstanceUID hold different pixels');
}

/** Bytes that {@link loadSeries} takes at most for a volume; twice while it turns from int16 to float32. */
export function seriesBytes({ slices, size: [columns, rows, count] }: DicomPlan<unknown>): number {
  const whole = slices.every(({ pixels }) => Number.isInteger(pixels.slope) && Number.isInteger(pixels.intercept));
  return columns * rows * count * (whole ? 2 : 6);
}

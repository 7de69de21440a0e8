/** A subject's scan as a DICOM series: one CT image file a slice, in the order and orientation in which it was "acquired". */
import { type CtSlice, writeCtSlice } from '../../formats/dicom/write.ts';
import type { RandomStream } from '../../util/random.ts';
import { type CtVolume, DEFAULT_MATRIX, renderCtVolume } from './render.ts';
import type { PatientPosition } from './scan.ts';
import { PADDING_HU } from './scanner.ts';
import { type CtSubject, DAYS_PER_YEAR, subjectStream } from './subject.ts';

export interface CtFile {
  name: string;
  bytes: Uint8Array;
}

/** Signs of the patient's left and back along growing columns and rows. */
const DIRECTIONS: Readonly<Record<PatientPosition, readonly [column: 1 | -1, row: 1 | -1]>> = {
  HFS: [1, 1],
  HFP: [-1, -1],
  FFS: [-1, 1],
  FFP: [1, -1],
};

/** A UID of the form 2.25.<128-bit number> (DICOM PS3.5, B.2). */
function uid(stream: RandomStream): string {
  let number = 0n;
  for (let i = 0; i < 4; i++) number = (number << 32n) | BigInt(stream.word());
  return `2.25.${number}`;
}

/** YYYYMMDD of a day counted from 1 January 1970. */
function dicomDate(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
}

/** 1 January 2024, counted from 1 January 1970. */
const FIRST_STUDY_DAY = 19_723;

/** What all slices of the series share. */
function commonTags(subject: CtSubject, volume: CtVolume) {
  const { seed, index, id, sex, ageDays, scan } = subject;
  const stream = subjectStream(seed, index, 'identity');
  const [columns, rows] = DIRECTIONS[scan.position];
  const day = FIRST_STUDY_DAY + stream.integer(700);
  const intercept = scan.offset ? -1024 : 0;
  return {
    patientId: id,
    age: Math.floor(ageDays / DAYS_PER_YEAR),
    sex,
    studyDate: dicomDate(day),
    birthDate: dicomDate(day - ageDays),
    studyUid: uid(stream),
    seriesUid: uid(stream),
    frameOfReferenceUid: uid(stream),
    seriesNumber: 2,
    seriesDescription: scan.contrastHu > 0 ? 'thorax abdomen, contrast' : 'thorax abdomen, native',
    manufacturer: 'agelens',
    model: 'synthetic CT',
    kilovolts: 120,
    convolutionKernel: scan.blur < 0.08 ? 'SHARP' : scan.blur < 0.11 ? 'STANDARD' : 'SOFT',
    patientPosition: scan.position,
    orientation: [columns, 0, 0, 0, rows, 0] as const,
    spacing: [volume.pixelMm, volume.pixelMm] as const,
    sliceThickness: volume.stepMm,
    rows: volume.size[1],
    columns: volume.size[0],
    slope: 1,
    intercept,
    ...(scan.padded ? { pixelPadding: PADDING_HU - intercept } : {}),
  } satisfies Omit<CtSlice, 'sopUid' | 'instanceNumber' | 'position' | 'pixels'>;
}

/** The slice's stored values, turned to the series' orientation. */
function storedPixels(
  { data, size: [nx, ny] }: CtVolume,
  slice: number,
  [columns, rows]: readonly [number, number],
  intercept: number,
): Int16Array {
  const pixels = new Int16Array(nx * ny);
  const start = slice * nx * ny;
  let next = 0;
  for (let row = 0; row < ny; row++) {
    const from = start + (rows > 0 ? row : ny - 1 - row) * nx;
    for (let column = 0; column < nx; column++) {
      pixels[next++] = (data[from + (columns > 0 ? column : nx - 1 - column)] as number) - intercept;
    }
  }
  return pixels;
}

/**
 * The files of a volume that {@link renderCtVolume} made, named IM0001.dcm … Instance numbers run up or down the body;
 * file names follow them or run against them.
 */
export function* ctSeriesOf(subject: CtSubject, volume: CtVolume): Generator<CtFile> {
  const common = commonTags(subject, volume);
  const { scan } = subject;
  const directions = DIRECTIONS[scan.position];
  const uids = subjectStream(subject.seed, subject.index, 'instances');
  const [nx, ny, count] = volume.size;
  const [x, y, z] = volume.first;
  const far = (start: number, n: number, direction: number): number =>
    direction > 0 ? start : start + (n - 1) * volume.pixelMm;
  const millionths = (value: number): number => Math.round(value * 1e6) / 1e6;
  for (let i = 0; i < count; i++) {
    const slice = scan.upwards ? i : count - 1 - i;
    const file = scan.filesReversed ? count - i : i + 1;
    const bytes = writeCtSlice({
      ...common,
      sopUid: uid(uids),
      instanceNumber: i + 1,
      position: [
        millionths(far(x, nx, directions[0])),
        millionths(far(y, ny, directions[1])),
        millionths(z + slice * volume.stepMm),
      ],
      pixels: storedPixels(volume, slice, directions, common.intercept),
    });
    yield { name: `IM${String(file).padStart(4, '0')}.dcm`, bytes };
  }
}

/**
 * The DICOM files of one subject's scan; the same subject and matrix give the same bytes.
 * @param matrix rows and columns of a slice, even, 32 to 512
 */
export function ctSeries(subject: CtSubject, matrix = DEFAULT_MATRIX): Generator<CtFile> {
  return ctSeriesOf(subject, renderCtVolume(subject, matrix));
}

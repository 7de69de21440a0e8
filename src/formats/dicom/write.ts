/**
 * CT Image Storage objects (DICOM PS3.3, A.3), one slice a file, explicit little endian.
 */
import { type DicomElement, encodeDicomFile } from './encode.ts';
import { EXPLICIT_LITTLE_ENDIAN } from './transfer-syntax.ts';

export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

type Triple = readonly [number, number, number];

/** One axial (or any other) CT slice. Lengths in mm, directions and positions in the patient's LPS+ system. */
export interface CtSlice {
  patientId: string;
  /** Whole years, 0 to 999. */
  age: number;
  sex: 'M' | 'F' | 'O';
  /** YYYYMMDD. */
  studyDate: string;
  /** YYYYMMDD, left empty when absent. */
  birthDate?: string;
  studyUid: string;
  seriesUid: string;
  sopUid: string;
  frameOfReferenceUid: string;
  seriesNumber: number;
  instanceNumber: number;
  seriesDescription: string;
  /** ORIGINAL\PRIMARY\AXIAL unless given. */
  imageType?: readonly string[];
  manufacturer: string;
  model: string;
  /** Tube voltage. */
  kilovolts: number;
  convolutionKernel: string;
  /** How the patient lay in the scanner: HFS (head first, supine) and the like. */
  patientPosition: string;
  /** Centre of the first voxel. */
  position: Triple;
  /** Unit vector along which the column index grows, then that along which the row index grows. */
  orientation: readonly [number, number, number, number, number, number];
  /** Distance between rows, then between columns. */
  spacing: readonly [number, number];
  sliceThickness: number;
  rows: number;
  columns: number;
  /** Stored values, rows × columns, column index fastest: HU = value · slope + intercept. */
  pixels: Int16Array;
  slope: number;
  intercept: number;
  /** Stored value of pixels outside the scanner's field of view. */
  pixelPadding?: number;
}

/** A decimal string (VR DS) of at most 16 characters, as close to `value` as that allows. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`DICOM decimal string: ${value} is not finite`);
  for (let digits = 17; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text === '-0' ? '0' : text;
  }
  throw new RangeError(`DICOM decimal string: ${value} does not fit into 16 characters`);
}

const decimals = (values: readonly number[]): string => values.map(decimalString).join('\\');

function check(slice: CtSlice): void {
  const { rows, columns, pixels, age } = slice;
  if (pixels.length !== rows * columns) {
    throw new RangeError(`CT slice: ${pixels.length} pixels for ${rows} rows × ${columns} columns`);
  }
  if (!Number.isInteger(age) || age < 0 || age > 999)
    throw new RangeError(`CT slice: age ${age} is not 0 to 999 years`);
  for (const uid of [slice.studyUid, slice.seriesUid, slice.sopUid, slice.frameOfReferenceUid]) {
    if (uid.length > 64 || !/^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(uid))
      throw new RangeError(`CT slice: bad UID "${uid}"`);
  }
}

function littleEndianBytes(pixels: Int16Array): Uint8Array {
  const bytes = new Uint8Array(pixels.length * 2);
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i] ?? 0;
    bytes[2 * i] = value & 0xff;
    bytes[2 * i + 1] = (value >> 8) & 0xff;
  }
  return bytes;
}

const text = (tag: number, vr: string, value: string): DicomElement => ({ tag, vr, value });
const words = (tag: number, vr: string, ...value: number[]): DicomElement => ({ tag, vr, value });

function patientAndStudy(slice: CtSlice): DicomElement[] {
  return [
    text(0x00080005, 'CS', 'ISO_IR 192'),
    text(0x00080008, 'CS', (slice.imageType ?? ['ORIGINAL', 'PRIMARY', 'AXIAL']).join('\\')),
    text(0x00080016, 'UI', CT_IMAGE_STORAGE),
    text(0x00080018, 'UI', slice.sopUid),
    text(0x00080020, 'DA', slice.studyDate),
    text(0x00080030, 'TM', '120000'),
    text(0x00080050, 'SH', ''),
    text(0x00080060, 'CS', 'CT'),
    text(0x00080070, 'LO', slice.manufacturer),
    text(0x00080090, 'PN', ''),
    text(0x0008103e, 'LO', slice.seriesDescription),
    text(0x00081090, 'LO', slice.model),
    text(0x00100010, 'PN', slice.patientId),
    text(0x00100020, 'LO', slice.patientId),
    text(0x00100030, 'DA', slice.birthDate ?? ''),
    text(0x00100040, 'CS', slice.sex),
    text(0x00101010, 'AS', `${String(slice.age).padStart(3, '0')}Y`),
    text(0x00180050, 'DS', decimalString(slice.sliceThickness)),
    text(0x00180060, 'DS', decimalString(slice.kilovolts)),
    text(0x00181210, 'SH', slice.convolutionKernel),
    text(0x00185100, 'CS', slice.patientPosition),
  ];
}

function geometry(slice: CtSlice): DicomElement[] {
  return [
    text(0x0020000d, 'UI', slice.studyUid),
    text(0x0020000e, 'UI', slice.seriesUid),
    text(0x00200010, 'SH', '1'),
    text(0x00200011, 'IS', String(slice.seriesNumber)),
    text(0x00200012, 'IS', '1'),
    text(0x00200013, 'IS', String(slice.instanceNumber)),
    text(0x00200032, 'DS', decimals(slice.position)),
    text(0x00200037, 'DS', decimals(slice.orientation)),
    text(0x00200052, 'UI', slice.frameOfReferenceUid),
    text(0x00201040, 'LO', ''),
  ];
}

function pixelElements(slice: CtSlice): DicomElement[] {
  const padding = slice.pixelPadding === undefined ? [] : [words(0x00280120, 'SS', slice.pixelPadding)];
  return [
    words(0x00280002, 'US', 1),
    text(0x00280004, 'CS', 'MONOCHROME2'),
    words(0x00280010, 'US', slice.rows),
    words(0x00280011, 'US', slice.columns),
    text(0x00280030, 'DS', decimals(slice.spacing)),
    words(0x00280100, 'US', 16),
    words(0x00280101, 'US', 16),
    words(0x00280102, 'US', 15),
    words(0x00280103, 'US', 1),
    ...padding,
    text(0x00281050, 'DS', '40'),
    text(0x00281051, 'DS', '400'),
    text(0x00281052, 'DS', decimalString(slice.intercept)),
    text(0x00281053, 'DS', decimalString(slice.slope)),
    text(0x00281054, 'LO', 'HU'),
    { tag: 0x7fe00010, vr: 'OW', value: littleEndianBytes(slice.pixels) },
  ];
}

/**
 * The elements of one slice, pixels as little-endian words.
 * @throws RangeError when sizes, age or UIDs do not fit the format
 */
export function ctElements(slice: CtSlice): DicomElement[] {
  check(slice);
  return [...patientAndStudy(slice), ...geometry(slice), ...pixelElements(slice)];
}

/**
 * The bytes of one slice's file; the same slice gives the same bytes.
 * @throws RangeError when sizes, age or UIDs do not fit the format
 */
export function writeCtSlice(slice: CtSlice): Uint8Array {
  return encodeDicomFile(ctElements(slice), EXPLICIT_LITTLE_ENDIAN);
}

/**
 * What a DICOM file says about itself, as far as a CT volume needs it. Everything is read, nothing judged, but for an
 * image whose own numbers contradict each other: that is the file's `fault`.
 */
import { RefusedError, refusalOf } from '../refusal.ts';
import type { FileSource } from '../source.ts';
import { dot, norm, scale, type Vector3 } from '../volume.ts';
import { DicomDataSet, unsupported } from './data-set.ts';
import { EXPLICIT_BIG_ENDIAN, isUncompressed } from './transfer-syntax.ts';

/** Who and what a file belongs to; '' where a text is absent. */
export interface DicomIdentity {
  patientId: string;
  /** As in the tag: "068Y". */
  patientAge: string;
  birthDate: string;
  studyDate: string;
  sex: string;
  studyUid: string;
  seriesUid: string;
  seriesNumber: number | null;
  seriesDescription: string;
  modality: string;
  sopClass: string;
  imageType: readonly string[];
  manufacturer: string;
  model: string;
}

/** How stored bytes become HU. */
export interface PixelFormat {
  rows: number;
  columns: number;
  bitsAllocated: 8 | 16;
  bitsStored: number;
  highBit: number;
  signed: boolean;
  littleEndian: boolean;
  slope: number;
  intercept: number;
  /** Of the first pixel in the file. */
  offset: number;
}

export interface SliceGeometry {
  /** Centre of the first pixel, LPS+ mm. */
  position: Vector3;
  /** Unit vector along which the column index grows. */
  rowDirection: Vector3;
  /** Unit vector along which the row index grows. */
  columnDirection: Vector3;
  /** Distance between rows, then between columns, in mm. */
  spacing: readonly [number, number];
}

export interface CtImage {
  pixels: PixelFormat;
  geometry: SliceGeometry;
  /** Of this image; two files with the same are copies. */
  sopUid: string;
}

/** One DICOM file: either a usable CT image or the reason why it is none. */
export interface DicomHeader extends DicomIdentity {
  source: FileSource;
  image: CtImage | null;
  fault: string | null;
}

const ENHANCED_CT = '1.2.840.10008.5.1.4.1.1.2.1';

function readIdentity(file: DicomDataSet): DicomIdentity {
  return {
    patientId: file.text(0x00100020),
    patientAge: file.text(0x00101010),
    birthDate: file.text(0x00100030),
    studyDate: file.text(0x00080020),
    sex: file.text(0x00100040).toUpperCase(),
    studyUid: file.text(0x0020000d),
    seriesUid: file.text(0x0020000e),
    seriesNumber: integerOrNull(file.text(0x00200011)),
    seriesDescription: file.text(0x0008103e),
    modality: file.text(0x00080060),
    sopClass: file.text(0x00080016),
    imageType: file
      .text(0x00080008)
      .toUpperCase()
      .split('\\')
      .map((part) => part.trim()),
    manufacturer: file.text(0x00080070),
    model: file.text(0x00081090),
  };
}

function integerOrNull(text: string): number | null {
  return /^[+-]?\d+$/.test(text) ? Number(text) : null;
}

function refuse(file: DicomDataSet, cause: string): never {
  throw new RefusedError(file.name, cause);
}

/** A 16-bit element that must be there. */
function required(file: DicomDataSet, tag: number, name: string): number {
  return file.uint16(tag) ?? refuse(file, `the image lacks ${name}`);
}

function refuseUnlessPlainImage(file: DicomDataSet, sopClass: string): void {
  const pixelData = file.pixelData() ?? refuse(file, 'it holds no pixel data');
  if (!isUncompressed(file.transferSyntax)) throw unsupported(file.name, file.transferSyntax);
  if (pixelData.encapsulated)
    refuse(file, 'its pixel data are compressed though its transfer syntax says they are not');
  const frames = file.decimals(0x00280008, 1)?.[0] ?? 1;
  if (sopClass === ENHANCED_CT || frames !== 1) refuse(file, `multi-frame images are not read yet (${frames} frames)`);
  const samples = file.uint16(0x00280002) ?? 1;
  const photometric = file.text(0x00280004) || 'no photometric interpretation';
  if (samples !== 1 || !/^MONOCHROME[12]$/.test(photometric)) {
    refuse(file, `a CT image has one grey value a pixel, this one ${samples} (${photometric})`);
  }
  if (file.has(0x00283000)) refuse(file, 'its values go through a modality lookup table, which is not read yet');
}

/** MONOCHROME1 only says that displays show low values bright: HU are the same for both photometric interpretations. */
function readPixelFormat(file: DicomDataSet): PixelFormat {
  const rows = required(file, 0x00280010, 'its number of rows (0028,0010)');
  const columns = required(file, 0x00280011, 'its number of columns (0028,0011)');
  const { offset, length } = file.pixelData() ?? refuse(file, 'it holds no pixel data');
  const bits = readBits(file);
  const needed = rows * columns * (bits.bitsAllocated / 8);
  if (needed === 0 || length < needed) {
    refuse(file, `${rows} rows × ${columns} columns need ${needed} bytes of pixel data, the file has ${length}`);
  }
  const littleEndian = file.transferSyntax !== EXPLICIT_BIG_ENDIAN;
  if (bits.bitsAllocated === 8 && !littleEndian) refuse(file, '8-bit pixels in big endian are not read');
  return { rows, columns, ...bits, littleEndian, ...readRescale(file), offset };
}

function readBits(file: DicomDataSet): Pick<PixelFormat, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'> {
  const bitsAllocated = required(file, 0x00280100, 'the bits allocated (0028,0100)');
  const bitsStored = file.uint16(0x00280101) ?? bitsAllocated;
  const highBit = file.uint16(0x00280102) ?? bitsStored - 1;
  const text = `${bitsStored} bits stored of ${bitsAllocated} allocated, high bit ${highBit}`;
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    return refuse(file, `${text}: only 8 and 16 allocated bits are read`);
  if (bitsStored < 1 || highBit >= bitsAllocated || highBit + 1 < bitsStored) {
    refuse(file, `impossible pixel format: ${text}`);
  }
  return { bitsAllocated, bitsStored, highBit, signed: file.uint16(0x00280103) === 1 };
}

function readRescale(file: DicomDataSet): { slope: number; intercept: number } {
  const slope = file.decimals(0x00281053, 1)?.[0];
  const intercept = file.decimals(0x00281052, 1)?.[0];
  if (slope === undefined || intercept === undefined || slope === 0) {
    return refuse(file, `no HU: rescale slope is ${slope ?? 'absent'}, intercept ${intercept ?? 'absent'}`);
  }
  const type = file.text(0x00281054).toUpperCase();
  // "Hounsfield" is spelt in many ways; US says that the unit is not specified.
  if (!/^(H.*|US|)$/.test(type)) refuse(file, `its values are ${type}, not HU`);
  return { slope, intercept };
}

/** Directions that are this close to unit vectors at right angles differ from them by the rounding of decimal strings. */
const TOLERANCE = 1e-3;

function readGeometry(file: DicomDataSet): SliceGeometry {
  const position = file.decimals(0x00200032, 3) ?? refuse(file, 'it lacks the image position (0020,0032)');
  const orientation = file.decimals(0x00200037, 6) ?? refuse(file, 'it lacks the image orientation (0020,0037)');
  const spacing = file.decimals(0x00280030, 2) ?? refuse(file, 'it lacks the pixel spacing (0028,0030)');
  const [between = 0, along = 0] = spacing;
  if (between <= 0 || along <= 0) refuse(file, `impossible pixel spacing ${between} × ${along} mm`);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  const [row, column]: [Vector3, Vector3] = [
    [a, b, c],
    [d, e, f],
  ];
  if ([norm(row) - 1, norm(column) - 1, dot(row, column)].some((error) => Math.abs(error) > TOLERANCE)) {
    refuse(file, `its image orientation ${orientation.join('\\')} is not two unit vectors at right angles`);
  }
  const [x = 0, y = 0, z = 0] = position;
  return {
    position: [x, y, z],
    rowDirection: scale(row, 1 / norm(row)),
    columnDirection: scale(column, 1 / norm(column)),
    spacing: [between, along],
  };
}

function readImage(file: DicomDataSet, sopClass: string): CtImage {
  if (file.damage !== null) refuse(file, file.damage);
  refuseUnlessPlainImage(file, sopClass);
  return { pixels: readPixelFormat(file), geometry: readGeometry(file), sopUid: file.text(0x00080018) };
}

/**
 * The header of one file. A CT file that cannot be used keeps its identity and says why in `fault`, so that its series
 * knows that a slice is lost; files of other modalities have neither image nor fault.
 * @param bytes the whole file; nothing of them is kept
 * @throws RefusedError when the file is so broken that it cannot be told to which series it belongs
 */
export function readDicomHeader(source: FileSource, bytes: Uint8Array): DicomHeader {
  const file = new DicomDataSet(bytes, source.name);
  const identity = readIdentity(file);
  const header = { ...identity, source, ...readImageOrFault(file, identity) };
  if (header.seriesUid !== '' || (header.fault === null && header.modality !== '')) return header;
  throw new RefusedError(source.name, header.fault ?? 'it names neither modality (0008,0060) nor series (0020,000E)');
}

function readImageOrFault(
  file: DicomDataSet,
  { modality, sopClass }: DicomIdentity,
): Pick<DicomHeader, 'image' | 'fault'> {
  if (modality !== 'CT' && file.damage === null) return { image: null, fault: null };
  try {
    return { image: readImage(file, sopClass), fault: null };
  } catch (error) {
    return { image: null, fault: refusalOf(error, [file.name]).cause };
  }
}

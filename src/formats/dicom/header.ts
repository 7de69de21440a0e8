/**
 * What a DICOM file says about itself, as far as a CT volume needs it. Everything is read, nothing judged, but for an
 * image whose own numbers contradict each other: that is the file's `fault`.
 */
import { RefusedError, refusalOf } from '../refusal.ts';
import type { FileSource } from '../source.ts';
import type { Vector3 } from '../volume.ts';
import { DicomDataSet } from './data-set.ts';
import { EXPLICIT_BIG_ENDIAN, isUncompressed, transferSyntaxName } from './transfer-syntax.ts';

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

/** A 16-bit element that must be there. */
function required(file: DicomDataSet, tag: number, name: string): number {
  const value = file.uint16(tag);
  if (value === null) throw new RefusedError(file.name, `the image lacks ${name}`);
  return value;
}

function refuseUnlessPlainImage(file: DicomDataSet, sopClass: string): void {
  const refuse = (cause: string): never => {
    throw new RefusedError(file.name, cause);
  };
  const pixelData = file.pixelData();
  if (!pixelData) refuse('it holds no pixel data');
  if (!isUncompressed(file.transferSyntax)) {
    refuse(
      `its transfer syntax is not read yet: ${transferSyntaxName(file.transferSyntax)}; convert it to Explicit VR Little Endian first`,
    );
  }
  if (pixelData?.encapsulated)
    refuse('its pixel data are compressed fragments though the transfer syntax says they are not');
  const frames = file.decimals(0x00280008, 1)?.[0] ?? 1;
  if (sopClass === ENHANCED_CT || frames !== 1) refuse(`multi-frame images are not read yet (${frames} frames)`);
  const samples = file.uint16(0x00280002) ?? 1;
  const photometric = file.text(0x00280004);
  if (samples !== 1 || !/^MONOCHROME[12]$/.test(photometric)) {
    refuse(
      `a CT image has one grey value a pixel, this one ${samples} (${photometric || 'no photometric interpretation'})`,
    );
  }
  if (file.has(0x00283000)) refuse('its values go through a modality lookup table, which is not read yet');
}

/** MONOCHROME1 only says that displays show low values bright: HU are the same for both photometric interpretations. */
function readPixelFormat(file: DicomDataSet): PixelFormat {
  const rows = required(file, 0x00280010, 'its number of rows (0028,0010)');
  const columns = required(file, 0x00280011, 'its number of columns (0028,0011)');
  const bitsAllocated = required(file, 0x00280100, 'the bits allocated (0028,0100)');
  const bitsStored = file.uint16(0x00280101) ?? bitsAllocated;
  const highBit = file.uint16(0x00280102) ?? bitsStored - 1;
  const bits = `${bitsStored} bits stored of ${bitsAllocated} allocated, high bit ${highBit}`;
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw new RefusedError(file.name, `${bits}: only 8 and 16 allocated bits are read`);
  if (bitsAllocated === 8 && file.transferSyntax === EXPLICIT_BIG_ENDIAN)
    throw new RefusedError(file.name, `${bits}: 8-bit pixels in big endian are not read`);
  if (bitsStored < 1 || highBit >= bitsAllocated || highBit + 1 < bitsStored)
    throw new RefusedError(file.name, `impossible pixel format: ${bits}`);
  const pixelData = file.pixelData() ?? { offset: 0, length: 0 };
  const needed = rows * columns * (bitsAllocated / 8);
  if (needed === 0 || pixelData.length < needed) {
    throw new RefusedError(
      file.name,
      `${rows} rows × ${columns} columns need ${needed} bytes of pixel data, the file has ${pixelData.length}`,
    );
  }
  return {
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: file.uint16(0x00280103) === 1,
    littleEndian: file.transferSyntax !== EXPLICIT_BIG_ENDIAN,
    ...readRescale(file),
    offset: pixelData.offset,
  };
}

function readRescale(file: DicomDataSet): { slope: number; intercept: number } {
  const slope = file.decimals(0x00281053, 1)?.[0];
  const intercept = file.decimals(0x00281052, 1)?.[0];
  if (slope === undefined || intercept === undefined || slope === 0) {
    throw new RefusedError(
      file.name,
      `no HU: rescale slope is ${slope ?? 'absent'}, intercept ${intercept ?? 'absent'}`,
    );
  }
  const type = file.text(0x00281054).toUpperCase();
  // "Hounsfield" is spelt in many ways; US says that the unit is not specified.
  if (!/^(H.*|US|)$/.test(type)) throw new RefusedError(file.name, `its values are ${type}, not HU`);
  return { slope, intercept };
}

const TOLERANCE = 1e-3;

function readGeometry(file: DicomDataSet): SliceGeometry {
  const position = file.decimals(0x00200032, 3);
  const orientation = file.decimals(0x00200037, 6);
  const spacing = file.decimals(0x00280030, 2);
  const missing = !position
    ? 'image position (0020,0032)'
    : !orientation
      ? 'image orientation (0020,0037)'
      : !spacing
        ? 'pixel spacing (0028,0030)'
        : null;
  if (!position || !orientation || !spacing) throw new RefusedError(file.name, `it lacks the ${missing}`);
  const [x = 0, y = 0, z = 0] = position;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  const [between = 0, along = 0] = spacing;
  if (between <= 0 || along <= 0)
    throw new RefusedError(file.name, `impossible pixel spacing ${between} × ${along} mm`);
  const lengths = [Math.hypot(a, b, c), Math.hypot(d, e, f)];
  const cosine = a * d + b * e + c * f;
  if (lengths.some((length) => Math.abs(length - 1) > TOLERANCE) || Math.abs(cosine) > TOLERANCE) {
    throw new RefusedError(
      file.name,
      `its image orientation ${orientation.join('\\')} is not two unit vectors at right angles`,
    );
  }
  return { position: [x, y, z], rowDirection: [a, b, c], columnDirection: [d, e, f], spacing: [between, along] };
}

function readImage(file: DicomDataSet, sopClass: string): CtImage {
  if (file.damage !== null) throw new RefusedError(file.name, file.damage);
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

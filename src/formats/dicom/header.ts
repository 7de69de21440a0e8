/**
 * What a DICOM file says about itself, as far as a CT volume needs it. Everything is read, nothing judged, but for an
 * image whose own numbers contradict each other: that is the file's `fault`.
 */
import { RefusedError, refusalOf } from '../refusal.ts';
import type { FileSource } from '../source.ts';
import { dot, norm, scale, type Vector3 } from '../volume.ts';
import { isDecodable } from './codecs/decode.ts';
import { DicomDataSet, type DicomElements, type Encapsulated, unsupported } from './data-set.ts';
import { DEFLATED_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN, isUncompressed, transferSyntaxName } from './transfer-syntax.ts';

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
  contrastAgent: string;
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
}

/** Where the stored values of one image lie in its file. */
export type PixelPlace =
  /** As they are, from this byte of the file, or of its inflated data set, on. */
  | { kind: 'plain' | 'deflated'; offset: number }
  /** Compressed, in pieces. */
  | { kind: 'compressed'; transferSyntax: string; fragments: readonly { offset: number; length: number }[] };

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
  place: PixelPlace;
  geometry: SliceGeometry;
  /** Of this image; two files with the same are copies. */
  sopUid: string;
  /** Number of the frame in a multi-frame file, from 0. */
  frame: number;
}

/** What one DICOM file says: its usable CT images (several in a multi-frame file), or the reason why there are none. */
export interface DicomFile {
  identity: DicomIdentity;
  images: readonly CtImage[];
  fault: string | null;
}

/** With the file itself. */
export interface DicomHeader extends DicomFile {
  source: FileSource;
}

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
    contrastAgent: file.text(0x00180010),
  };
}

function integerOrNull(text: string): number | null {
  return /^[+-]?\d+$/.test(text) ? Number(text) : null;
}

function refuse(file: DicomElements, cause: string): never {
  throw new RefusedError(file.name, cause);
}

/** A 16-bit element that must be there. */
function required(file: DicomElements, tag: number, name: string): number {
  return file.uint16(tag) ?? refuse(file, `the image lacks ${name}`);
}

function refuseUnlessGrey(file: DicomDataSet): void {
  const samples = file.uint16(0x00280002) ?? 1;
  const photometric = file.text(0x00280004) || 'no photometric interpretation';
  if (samples !== 1 || !/^MONOCHROME[12]$/.test(photometric)) {
    refuse(file, `a CT image has one grey value a pixel, this one ${samples} (${photometric})`);
  }
  if (file.has(0x00283000)) refuse(file, 'its values go through a modality lookup table, which is not read');
}

/**
 * MONOCHROME1 only says that displays show low values bright: HU are the same for both photometric interpretations.
 * @param groups the elements that hold for one frame
 */
function readPixelFormat(file: DicomDataSet, groups: FrameElements): PixelFormat {
  const { rows, columns, bits } = readStoredFormat(file);
  const littleEndian = file.transferSyntax !== EXPLICIT_BIG_ENDIAN;
  if (bits.bitsAllocated === 8 && !littleEndian) refuse(file, '8-bit pixels in big endian are not read');
  return { rows, columns, ...bits, littleEndian, ...readRescale(groups.rescale) };
}

type StoredBits = Pick<PixelFormat, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'>;

function readStoredFormat(file: DicomDataSet): { rows: number; columns: number; bits: StoredBits } {
  return {
    rows: required(file, 0x00280010, 'its number of rows (0028,0010)'),
    columns: required(file, 0x00280011, 'its number of columns (0028,0011)'),
    bits: readBits(file),
  };
}

/** Where each frame's values lie. @throws RefusedError when there are fewer than its size and number of frames need */
function readPlaces(file: DicomDataSet, frames: number): PixelPlace[] {
  const pixelData = file.pixelData() ?? refuse(file, 'it holds no pixel data');
  const { rows, columns, bits } = readStoredFormat(file);
  const frameBytes = rows * columns * (bits.bitsAllocated / 8);
  if (frameBytes === 0) refuse(file, `impossible size of ${rows} rows × ${columns} columns`);
  if (pixelData.encapsulated) return compressedPlaces(file, pixelData.encapsulated, frames);
  if (!isUncompressed(file.transferSyntax))
    refuse(file, `its pixel data are plain though its transfer syntax is ${transferSyntaxName(file.transferSyntax)}`);
  const needed = frameBytes * frames;
  if (pixelData.length < needed) {
    const several = frames > 1 ? ` × ${frames} frames` : '';
    refuse(
      file,
      `${rows} rows × ${columns} columns${several} need ${needed} bytes of pixel data, the file has ${pixelData.length}`,
    );
  }
  const kind = file.transferSyntax === DEFLATED_LITTLE_ENDIAN ? 'deflated' : 'plain';
  return Array.from({ length: frames }, (_, i) => ({ kind, offset: pixelData.offset + i * frameBytes }));
}

function compressedPlaces(file: DicomDataSet, encapsulated: Encapsulated, frames: number): PixelPlace[] {
  const { transferSyntax } = file;
  if (isUncompressed(transferSyntax))
    refuse(file, 'its pixel data are compressed though its transfer syntax says they are not');
  if (!isDecodable(transferSyntax)) throw unsupported(file.name, transferSyntax);
  const groups = fragmentsOfFrames(encapsulated, frames);
  if (!groups)
    refuse(file, `${encapsulated.fragments.length} compressed fragments cannot be shared out to ${frames} frames`);
  return groups.map((fragments) => ({ kind: 'compressed', transferSyntax, fragments }));
}

/** One frame has all fragments; of several each has its own, or those from its place in the offset table on. */
function fragmentsOfFrames(
  { fragments, frameStarts }: Encapsulated,
  frames: number,
): Encapsulated['fragments'][] | null {
  if (fragments.length === 0) return null;
  if (frames === 1) return [fragments];
  if (fragments.length === frames) return fragments.map((fragment) => [fragment]);
  if (frameStarts.length !== frames) return null;
  const origin = (fragments[0]?.offset ?? 0) - ITEM_HEADER;
  const groups = frameStarts.map((start, i) =>
    fragments.filter(({ offset }) => {
      const at = offset - ITEM_HEADER - origin;
      return at >= start && at < (frameStarts[i + 1] ?? Number.POSITIVE_INFINITY);
    }),
  );
  return groups.every((group) => group.length > 0) ? groups : null;
}

/** Tag and length ahead of each fragment. */
const ITEM_HEADER = 8;

function readBits(file: DicomDataSet): StoredBits {
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

function readRescale(file: DicomElements): { slope: number; intercept: number } {
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

function readGeometry(file: DicomElements, groups: FrameElements): SliceGeometry {
  const position = groups.position.decimals(0x00200032, 3) ?? refuse(file, 'it lacks the image position (0020,0032)');
  const orientation =
    groups.orientation.decimals(0x00200037, 6) ?? refuse(file, 'it lacks the image orientation (0020,0037)');
  const spacing = groups.spacing.decimals(0x00280030, 2) ?? refuse(file, 'it lacks the pixel spacing (0028,0030)');
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

/** The elements in which a frame's position, orientation, spacing and rescaling stand. */
interface FrameElements {
  position: DicomElements;
  orientation: DicomElements;
  spacing: DicomElements;
  rescale: DicomElements;
}

const SHARED_GROUPS = 0x52009229;
const FRAME_GROUPS = 0x52009230;

/** Single-frame files hold all of it themselves, multi-frame ones in a group of each frame or in one that all share. */
function frameElements(file: DicomDataSet, shared: DicomElements | undefined, own: DicomElements): FrameElements {
  const group = (tag: number): DicomElements => own.items(tag)[0] ?? shared?.items(tag)[0] ?? file;
  return {
    position: group(0x00209113),
    orientation: group(0x00209116),
    spacing: group(0x00289110),
    rescale: group(0x00289145),
  };
}

function readImages(file: DicomDataSet): CtImage[] {
  if (file.damage !== null) refuse(file, file.damage);
  if (!file.pixelData()) refuse(file, 'it holds no pixel data');
  refuseUnlessGrey(file);
  const frames = file.decimals(0x00280008, 1)?.[0] ?? 1;
  const groups = file.items(FRAME_GROUPS);
  if (!Number.isInteger(frames) || frames < 1) refuse(file, `impossible number of frames: ${frames}`);
  if (frames > 1 && groups.length !== frames)
    refuse(file, `${frames} frames, but ${groups.length} say where they lie (5200,9230)`);
  const [shared] = file.items(SHARED_GROUPS);
  const places = readPlaces(file, frames);
  const sopUid = file.text(0x00080018);
  return places.map((place, frame) => {
    const elements = frameElements(file, shared, groups[frame] ?? file);
    const [pixels, geometry] = [readPixelFormat(file, elements), readGeometry(file, elements)];
    return { pixels, place, geometry, sopUid, frame };
  });
}

/**
 * The header of one file. A CT file that cannot be used keeps its identity and says why in `fault`, so that its series
 * knows that a slice is lost; files of other modalities have neither images nor fault.
 * @param bytes the whole file; nothing of them is kept
 * @throws RefusedError when the file is so broken that it cannot be told to which series it belongs
 */
export function readDicomHeader(name: string, bytes: Uint8Array): DicomFile {
  const file = new DicomDataSet(bytes, name);
  const identity = readIdentity(file);
  const { images, fault } = readImagesOrFault(file, identity);
  if (identity.seriesUid !== '' || (fault === null && identity.modality !== '')) return { identity, images, fault };
  throw new RefusedError(name, fault ?? 'it names neither modality (0008,0060) nor series (0020,000E)');
}

function readImagesOrFault(file: DicomDataSet, { modality }: DicomIdentity): Pick<DicomFile, 'images' | 'fault'> {
  if (modality !== 'CT' && file.damage === null) return { images: [], fault: null };
  try {
    return { images: readImages(file), fault: null };
  } catch (error) {
    return { images: [], fault: refusalOf(error, [file.name]).cause };
  }
}

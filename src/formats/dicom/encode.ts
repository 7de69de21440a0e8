/**
 * DICOM Part 10 files from a list of elements (DICOM PS3.5, chapter 7; PS3.10, chapter 7).
 *
 *   128 zero bytes | "DICM" | group 2, explicit little endian | data set in the transfer syntax
 */
import { concatenate } from '../../util/bytes.ts';
import { EXPLICIT_BIG_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from './transfer-syntax.ts';

/** One element: `tag` is 0xGGGGEEEE; numbers for US, SS and UL, bytes (in the file's byte order) for OB and OW, else text. */
export interface DicomElement {
  tag: number;
  vr: string;
  value: string | readonly number[] | Uint8Array;
}

interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

/** Identifies this writer in every file (a UUID under the root 2.25, PS3.5 annex B.2). */
const IMPLEMENTATION_UID = '2.25.172540264937721508946124380871625098733';
const LONG_FORM = new Set(['OB', 'OW', 'OF', 'SQ', 'UN', 'UT']);
const NUMBER_BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4 };

function encodeNumbers(vr: string, values: readonly number[], littleEndian: boolean): Uint8Array {
  const width = NUMBER_BYTES[vr];
  if (width === undefined) throw new Error(`DICOM encoder: value representation ${vr} does not take numbers`);
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    if (width === 4) view.setUint32(index * 4, value, littleEndian);
    else view.setUint16(index * 2, value & 0xffff, littleEndian);
  });
  return bytes;
}

/** An element's value with the padding that makes its length even: NUL for UIDs and bytes, a space for text. */
function encodeValue({ vr, value }: DicomElement, littleEndian: boolean): Uint8Array {
  const isText = typeof value === 'string';
  const raw = isText
    ? new TextEncoder().encode(value)
    : value instanceof Uint8Array
      ? value
      : encodeNumbers(vr, value, littleEndian);
  if (raw.length % 2 === 0) return raw;
  const padded = new Uint8Array(raw.length + 1);
  padded.set(raw);
  if (isText && vr !== 'UI') padded[raw.length] = 0x20;
  return padded;
}

function encodeDataSet(elements: readonly DicomElement[], { explicit, littleEndian }: Encoding): Uint8Array {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  const values = sorted.map((element) => encodeValue(element, littleEndian));
  const headerBytes = (vr: string) => (explicit && LONG_FORM.has(vr) ? 12 : 8);
  const total = sorted.reduce((sum, { vr }, i) => sum + headerBytes(vr) + (values[i]?.length ?? 0), 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  sorted.forEach(({ tag, vr }, i) => {
    const value = values[i] ?? new Uint8Array(0);
    view.setUint16(offset, tag >>> 16, littleEndian);
    view.setUint16(offset + 2, tag & 0xffff, littleEndian);
    if (explicit) {
      bytes[offset + 4] = vr.charCodeAt(0);
      bytes[offset + 5] = vr.charCodeAt(1);
    }
    if (!explicit) view.setUint32(offset + 4, value.length, littleEndian);
    else if (LONG_FORM.has(vr)) view.setUint32(offset + 8, value.length, littleEndian);
    else if (value.length < 0x10000) view.setUint16(offset + 6, value.length, littleEndian);
    else throw new Error(`DICOM encoder: ${vr} of ${value.length} bytes exceeds 65,535`);
    bytes.set(value, offset + headerBytes(vr));
    offset += headerBytes(vr) + value.length;
  });
  return bytes;
}

/** The meta information (group 2), always explicit little endian. */
export function encodeMeta(sopClass: string, sopInstance: string, transferSyntax: string): Uint8Array<ArrayBuffer> {
  const encoding = { explicit: true, littleEndian: true };
  const meta = encodeDataSet(
    [
      { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
      { tag: 0x00020002, vr: 'UI', value: sopClass },
      { tag: 0x00020003, vr: 'UI', value: sopInstance },
      { tag: 0x00020010, vr: 'UI', value: transferSyntax },
      { tag: 0x00020012, vr: 'UI', value: IMPLEMENTATION_UID },
      { tag: 0x00020013, vr: 'SH', value: 'AGELENS' },
    ],
    encoding,
  );
  return concatenate([encodeDataSet([{ tag: 0x00020000, vr: 'UL', value: [meta.length] }], encoding), meta]);
}

/**
 * A DICOM Part 10 file. `elements` may come in any order and must hold SOP class and instance UID; the same elements
 * give the same bytes.
 * @param transferSyntax one of the uncompressed transfer syntaxes
 */
export function encodeDicomFile(elements: readonly DicomElement[], transferSyntax: string): Uint8Array {
  const uid = (tag: number) => String(elements.find((element) => element.tag === tag)?.value ?? '');
  const meta = encodeMeta(uid(0x00080016), uid(0x00080018), transferSyntax);
  const dataSet = encodeDataSet(elements, {
    explicit: transferSyntax !== IMPLICIT_LITTLE_ENDIAN,
    littleEndian: transferSyntax !== EXPLICIT_BIG_ENDIAN,
  });
  const magic = new TextEncoder().encode('DICM');
  return concatenate([new Uint8Array(128), magic, meta, dataSet]);
}

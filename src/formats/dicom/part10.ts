/**
 * DICOM files with and without their wrapping (DICOM PS3.10, chapter 7):
 *
 *     128 bytes | "DICM" | meta information (group 2) | data set       a Part 10 file
 *                          meta information (group 2) | data set       the preamble was cut off
 *                                                       data set       as old archives store it
 */
import { encodeMeta } from './encode.ts';
import { EXPLICIT_BIG_ENDIAN, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from './transfer-syntax.ts';

const PREAMBLE = 128;
const MAGIC = 'DICM';

/** Bytes from the start of a file that {@link isDicom} needs. */
export const DICOM_MAGIC_END = PREAMBLE + MAGIC.length;

const hasPreamble = (bytes: Uint8Array): boolean =>
  String.fromCharCode(...bytes.subarray(PREAMBLE, DICOM_MAGIC_END)) === MAGIC;

/** Whether a file begins as DICOM files do. @param bytes its first {@link DICOM_MAGIC_END} bytes or more */
export function isDicom(bytes: Uint8Array): boolean {
  return hasPreamble(bytes) || bareStart(bytes) !== null;
}

/** First elements of group 2 and group 8 are short: their length tells them from bytes that look like a tag by chance. */
const LONGEST_FIRST = 128;
const SHORT_TEXT = /^(UL|CS|UI|OB|SH|LO|DA|TM)$/;

/** What a file without preamble begins with: meta information, or the data set in which transfer syntax. */
function bareStart(bytes: Uint8Array): 'meta' | string | null {
  if (bytes.length < 16) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const explicit = SHORT_TEXT.test(String.fromCharCode(bytes[4] ?? 0, bytes[5] ?? 0));
  const element = view.getUint32(0, true);
  if (element === 0x00000002) return explicit ? 'meta' : null;
  const littleEndian = (element & 0xffff) === 8 && element >>> 16 <= 0x18;
  if (explicit && littleEndian && view.getUint16(6, true) <= LONGEST_FIRST) return EXPLICIT_LITTLE_ENDIAN;
  if (explicit && view.getUint16(0) === 8 && view.getUint16(2) <= 0x18 && view.getUint16(6) <= LONGEST_FIRST)
    return EXPLICIT_BIG_ENDIAN;
  return littleEndian && view.getUint32(4, true) <= LONGEST_FIRST ? IMPLICIT_LITTLE_ENDIAN : null;
}

/**
 * The file as a Part 10 file.
 * @returns its bytes, and how far they lie behind their place in the file
 */
export function toPart10(bytes: Uint8Array): { bytes: Uint8Array; shift: number } {
  if (hasPreamble(bytes)) return { bytes, shift: 0 };
  const start = bareStart(bytes);
  const meta = start === 'meta' || start === null ? new Uint8Array(0) : encodeMeta('', '', start);
  const shift = DICOM_MAGIC_END + meta.length;
  const wrapped = new Uint8Array(shift + bytes.length);
  wrapped.set(new TextEncoder().encode(MAGIC), PREAMBLE);
  wrapped.set(meta, DICOM_MAGIC_END);
  wrapped.set(bytes, shift);
  return { bytes: wrapped, shift };
}

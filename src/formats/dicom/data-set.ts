/**
 * A parsed DICOM file with checked, typed access to its elements. dicom-parser does the parsing; what it does not check
 * (an element that reaches past the file's end, a sequence without an end) is checked here, and the strings it throws
 * become one-line errors.
 */

import type { DataSet, Element } from 'dicom-parser';
import dicomParser from 'dicom-parser';
import { messageOf } from '../../util/errors.ts';
import { RefusedError } from '../refusal.ts';
import { transferSyntaxName } from './transfer-syntax.ts';

const MAGIC_OFFSET = 128;
const DEFLATED = '1.2.840.10008.1.2.1.99';

/** Bytes from the start of a file that {@link isDicom} needs. */
export const DICOM_MAGIC_END = MAGIC_OFFSET + 4;

/** Whether a file begins as DICOM Part 10 files do. */
export function isDicom(bytes: Uint8Array): boolean {
  return (
    bytes.length >= DICOM_MAGIC_END && String.fromCharCode(...bytes.subarray(MAGIC_OFFSET, DICOM_MAGIC_END)) === 'DICM'
  );
}

/** "(0020,0032)" of 0x00200032. */
function tagName(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

/** What dicom-parser threw (a string, an Error, or `{ exception, dataSet }`) as a sentence. */
function parserCause(thrown: unknown): string {
  if (thrown instanceof RangeError) return 'its sequences are nested too deeply to be real';
  if (typeof thrown === 'object' && thrown !== null && 'exception' in thrown) return parserCause(thrown.exception);
  const text = messageOf(thrown).replace(/^dicomParser[.:]\S*( -)?\s*/, '');
  return /past end|over(run|read)|[pP]osition/.test(text) ? 'an element reaches beyond the end of what holds it' : text;
}

/** The elements that were read before dicom-parser gave up. */
function partialDataSet(thrown: unknown): DataSet | null {
  if (typeof thrown !== 'object' || thrown === null || !('dataSet' in thrown)) return null;
  return thrown.dataSet as DataSet;
}

export class DicomDataSet {
  readonly name: string;
  readonly transferSyntax: string;
  /** Why the file is damaged; elements before the damage can be read all the same. */
  readonly damage: string | null;
  readonly #bytes: Uint8Array;
  readonly #dataSet: DataSet;
  readonly #decoder: TextDecoder;

  /**
   * @param bytes a DICOM Part 10 file
   * @throws RefusedError when not even the file's meta information can be read, or the whole data set is compressed
   */
  constructor(bytes: Uint8Array, name: string) {
    if (!isDicom(bytes)) throw new RefusedError(name, 'not a DICOM file (no "DICM" at byte 128)');
    this.name = name;
    this.#bytes = bytes;
    this.transferSyntax = readTransferSyntax(bytes, name);
    if (this.transferSyntax === DEFLATED) throw unsupported(name, this.transferSyntax);
    const { dataSet, damage } = parse(bytes);
    this.#dataSet = dataSet;
    this.damage = damage;
    const utf8 = /ISO_IR 192/.test(this.#latin1('x00080005'));
    this.#decoder = new TextDecoder(utf8 ? 'utf-8' : 'latin1');
  }

  #element(tag: number): Element | null {
    return this.#dataSet.elements[`x${tag.toString(16).padStart(8, '0')}`] ?? null;
  }

  #value(element: Element | undefined | null): Uint8Array {
    if (!element || element.length > this.#bytes.length - element.dataOffset) return new Uint8Array(0);
    return this.#bytes.subarray(element.dataOffset, element.dataOffset + element.length);
  }

  #latin1(key: string): string {
    return String.fromCharCode(...this.#value(this.#dataSet.elements[key]).subarray(0, 1024));
  }

  has(tag: number): boolean {
    return this.#value(this.#element(tag)).length > 0;
  }

  /** A text element without its padding; '' when absent or empty. */
  text(tag: number): string {
    return this.#decoder
      .decode(this.#value(this.#element(tag)).subarray(0, 1024))
      .replace(/\0.*$/s, '')
      .trim();
  }

  /**
   * Decimal strings (DS) or integer strings (IS), exactly `count` of them; null when absent or empty.
   * @throws RefusedError when they are not that many finite numbers
   */
  decimals(tag: number, count: number): number[] | null {
    const text = this.text(tag);
    if (text === '') return null;
    const parts = text.split('\\').map((part) => part.trim());
    const values = parts.map((part) =>
      /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(part) ? Number(part) : Number.NaN,
    );
    if (values.length === count && values.every(Number.isFinite)) return values;
    throw new RefusedError(
      this.name,
      `${tagName(tag)} should hold ${count === 1 ? 'a number' : `${count} numbers`} but is "${text.slice(0, 60)}"`,
    );
  }

  /** One unsigned 16-bit number (US); null when absent. */
  uint16(tag: number): number | null {
    const element = this.#element(tag);
    if (!element || this.#value(element).length < 2) return null;
    return this.#dataSet.byteArrayParser.readUint16(this.#bytes, element.dataOffset);
  }

  /** Where the pixel data lie in the file; null when there are none. `encapsulated` when they are compressed fragments. */
  pixelData(): { offset: number; length: number; encapsulated: boolean } | null {
    const element = this.#element(0x7fe00010);
    if (!element) return null;
    const encapsulated = element.encapsulatedPixelData === true || element.hadUndefinedLength === true;
    return { offset: element.dataOffset, length: element.length, encapsulated };
  }
}

/** The refusal of a file whose transfer syntax is not read. */
export function unsupported(files: string | string[], transferSyntax: string): RefusedError {
  return new RefusedError(
    files,
    `its transfer syntax is not read yet: ${transferSyntaxName(transferSyntax)}; convert it to Explicit VR Little Endian first`,
  );
}

function readTransferSyntax(bytes: Uint8Array, name: string): string {
  let meta: DataSet;
  try {
    meta = dicomParser.readPart10Header(bytes);
  } catch (thrown) {
    throw new RefusedError(name, `truncated or damaged DICOM meta information: ${parserCause(thrown)}`);
  }
  const element = meta.elements.x00020010;
  const end = element ? element.dataOffset + element.length : Number.POSITIVE_INFINITY;
  const uid = element && end <= bytes.length ? (meta.string('x00020010') ?? '') : '';
  if (uid === '') throw new RefusedError(name, 'the DICOM meta information lacks the transfer syntax (0002,0010)');
  return uid;
}

/** The data set and, where it is cut short, why. */
function parse(bytes: Uint8Array): { dataSet: DataSet; damage: string | null } {
  try {
    const dataSet = dicomParser.parseDicom(bytes);
    return { dataSet, damage: findDamage(dataSet, bytes.length) };
  } catch (thrown) {
    const dataSet = partialDataSet(thrown) ?? dicomParser.readPart10Header(bytes);
    return {
      dataSet,
      damage:
        findDamage(dataSet, bytes.length) ??
        `truncated or damaged DICOM data set (${bytes.length} bytes): ${parserCause(thrown)}`,
    };
  }
}

function findDamage(dataSet: DataSet, size: number): string | null {
  for (const element of Object.values(dataSet.elements)) {
    const end = element.dataOffset + element.length;
    if (element.length !== 0xffffffff && end > size) {
      const tag = tagName(Number.parseInt(element.tag.slice(1), 16));
      return `truncated: element ${tag} ends at byte ${end} of a file of ${size} bytes`;
    }
  }
  const unended = dataSet.warnings.find((warning) => warning.includes('eof encountered'));
  return unended === undefined ? null : `truncated: ${unended}`;
}

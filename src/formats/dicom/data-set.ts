/**
 * A parsed DICOM file with checked, typed access to its elements. dicom-parser does the parsing; what it does not check
 * (an element that reaches past the file's end, a sequence without an end) is checked here, and the strings it throws
 * become one-line errors.
 */

import type { DataSet, Element } from 'dicom-parser';
import dicomParser from 'dicom-parser';
import { messageOf } from '../../util/errors.ts';
import { RefusedError } from '../refusal.ts';
import { inflateDataSet } from './deflated.ts';
import { isDicom, toPart10 } from './part10.ts';
import { DEFLATED_LITTLE_ENDIAN, transferSyntaxName } from './transfer-syntax.ts';

/** "(0020,0032)" of 0x00200032. */
function tagName(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

/** What dicom-parser threw (a string, an Error, or `{ exception, dataSet }`) as a sentence. */
function parserCause(thrown: unknown): string {
  if (thrown instanceof RangeError) return 'its sequences are nested too deeply to be real';
  if (thrown instanceof TypeError) return 'its elements contradict each other';
  if (typeof thrown === 'object' && thrown !== null && 'exception' in thrown) return parserCause(thrown.exception);
  const text = messageOf(thrown).replace(/^dicomParser[.:]\S*( -)?\s*/, '');
  return /past end|over(run|read)|[pP]osition/.test(text) ? 'an element reaches beyond the end of what holds it' : text;
}

/** The elements that were read before dicom-parser gave up. */
function partialDataSet(thrown: unknown): DataSet | null {
  if (typeof thrown !== 'object' || thrown === null || !('dataSet' in thrown)) return null;
  return thrown.dataSet as DataSet;
}

/** Where the pixel data lie in a file. */
export interface PixelData {
  /** Of the first byte; in the inflated data set where the file is deflated. */
  offset: number;
  length: number;
  /** The compressed pieces of encapsulated pixel data, null where they are plain. */
  encapsulated: Encapsulated | null;
}

export interface Encapsulated {
  fragments: { offset: number; length: number }[];
  /** For each frame the distance of its first fragment from the first of all; empty where the file does not say. */
  frameStarts: readonly number[];
}

/** The elements of a data set: a file's own, or those of an item in one of its sequences. */
export class DicomElements {
  readonly name: string;
  protected readonly bytes: Uint8Array;
  protected readonly dataSet: DataSet;
  protected readonly decoder: TextDecoder;

  constructor(name: string, bytes: Uint8Array, dataSet: DataSet, decoder: TextDecoder) {
    this.name = name;
    this.bytes = bytes;
    this.dataSet = dataSet;
    this.decoder = decoder;
  }

  protected element(tag: number): Element | null {
    return this.dataSet.elements[`x${tag.toString(16).padStart(8, '0')}`] ?? null;
  }

  protected value(element: Element | undefined | null): Uint8Array {
    if (!element || element.length > this.bytes.length - element.dataOffset) return new Uint8Array(0);
    return this.bytes.subarray(element.dataOffset, element.dataOffset + element.length);
  }

  has(tag: number): boolean {
    return this.value(this.element(tag)).length > 0;
  }

  /** A text element without its padding; '' when absent or empty. */
  text(tag: number): string {
    return this.decoder
      .decode(this.value(this.element(tag)).subarray(0, 1024))
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
    const element = this.element(tag);
    if (!element || this.value(element).length < 2) return null;
    return this.dataSet.byteArrayParser.readUint16(this.bytes, element.dataOffset);
  }

  /** The items of a sequence; none when it is absent. */
  items(tag: number): DicomElements[] {
    return (this.element(tag)?.items ?? []).flatMap(({ dataSet }) =>
      dataSet ? [new DicomElements(this.name, this.bytes, dataSet, this.decoder)] : [],
    );
  }
}

export class DicomDataSet extends DicomElements {
  readonly transferSyntax: string;
  /** Why the file is damaged; elements before the damage can be read all the same. */
  readonly damage: string | null;
  /** Bytes put ahead of the file's own before it was parsed. */
  readonly #shift: number;

  /**
   * @param file a DICOM file: Part 10, or without its preamble, or a bare data set
   * @throws RefusedError when not even the file's meta information can be read, or a deflated data set is damaged
   */
  constructor(file: Uint8Array, name: string) {
    if (!isDicom(file)) throw new RefusedError(name, 'not a DICOM file (no "DICM" at byte 128)');
    const { bytes, shift } = toPart10(file);
    const transferSyntax = readTransferSyntax(bytes, name);
    const deflated = transferSyntax === DEFLATED_LITTLE_ENDIAN;
    const body = deflated ? inflateDataSet(bytes, bytes.length - metaEnd(bytes), name) : bytes;
    const { dataSet, damage } = parse(bytes, body);
    super(name, body, dataSet, textDecoder(body, dataSet));
    this.transferSyntax = transferSyntax;
    this.#shift = deflated ? 0 : shift;
    this.damage = damage ?? this.#unendedPixelData();
  }

  /** The bytes of the data set: inflated, where the file is deflated. */
  get contents(): Uint8Array {
    return this.bytes;
  }

  /** Where the pixel data lie; null when there are none. */
  pixelData(): PixelData | null {
    const element = this.element(0x7fe00010);
    if (!element) return null;
    const isEncapsulated = element.encapsulatedPixelData === true || element.hadUndefinedLength === true;
    return {
      offset: element.dataOffset - this.#shift,
      length: element.length,
      encapsulated: isEncapsulated ? this.#fragments(element) : null,
    };
  }

  /** Encapsulated pixel data end with a sequence delimiter, which dicom-parser does not miss. */
  #unendedPixelData(): string | null {
    const element = this.element(0x7fe00010);
    if (!element?.encapsulatedPixelData) return null;
    const last = element.fragments?.at(-1);
    const end = last ? last.position + last.length : element.dataOffset;
    const delimiter = this.bytes.subarray(end, end + SEQUENCE_END.length);
    if (SEQUENCE_END.every((byte, i) => delimiter[i] === byte)) return null;
    return `truncated: the compressed pixel data have no end at byte ${end} of ${this.bytes.length}`;
  }

  #fragments({ fragments = [], basicOffsetTable = [] }: Element): Encapsulated {
    const inside = fragments.filter(({ position, length }) => position + length <= this.bytes.length);
    return {
      fragments: inside.map(({ position, length }) => ({ offset: position - this.#shift, length })),
      frameStarts: basicOffsetTable,
    };
  }
}

/** Sequence delimitation item (FFFE,E0DD) of length 0, little endian. */
const SEQUENCE_END = [0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0];

/** Texts are UTF-8 where the file says so; what is needed of the others is ASCII. */
function textDecoder(bytes: Uint8Array, { elements }: DataSet): TextDecoder {
  const element = elements.x00080005;
  const length = Math.min(element?.length ?? 0, 1024);
  const characterSet = String.fromCharCode(...bytes.subarray(element?.dataOffset ?? 0).subarray(0, length));
  return new TextDecoder(/ISO_IR 192/.test(characterSet) ? 'utf-8' : 'latin1');
}

/** The refusal of a file whose transfer syntax is not read. */
export function unsupported(files: string | string[], transferSyntax: string): RefusedError {
  return new RefusedError(
    files,
    `its transfer syntax is not read: ${transferSyntaxName(transferSyntax)}; convert it to Explicit VR Little Endian first`,
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

/** Where the meta information ends and the data set begins. */
function metaEnd(bytes: Uint8Array): number {
  return (dicomParser.readPart10Header(bytes) as DataSet & { position: number }).position;
}

/**
 * The data set and, where it is cut short, why.
 * @param body what holds the data set: the same bytes, or the inflated ones of a deflated file
 */
function parse(bytes: Uint8Array, body: Uint8Array): { dataSet: DataSet; damage: string | null } {
  try {
    const dataSet = dicomParser.parseDicom(bytes, { inflater: () => body });
    return { dataSet, damage: findDamage(dataSet, body.length) };
  } catch (thrown) {
    const dataSet = partialDataSet(thrown) ?? dicomParser.readPart10Header(bytes);
    return {
      dataSet,
      damage:
        findDamage(dataSet, body.length) ??
        `truncated or damaged DICOM data set (${body.length} bytes): ${parserCause(thrown)}`,
    };
  }
}

function findDamage(dataSet: DataSet, size: number): string | null {
  for (const element of Object.values(dataSet.elements)) {
    if (element.tag < 'x00030000') continue; // the meta information, which was read, may lie in other bytes
    const end = element.dataOffset + element.length;
    if (element.length !== 0xffffffff && end > size) {
      const tag = tagName(Number.parseInt(element.tag.slice(1), 16));
      return `truncated: element ${tag} ends at byte ${end} of a file of ${size} bytes`;
    }
  }
  const unended = dataSet.warnings.find((warning) => warning.includes('eof encountered'));
  return unended === undefined ? null : `truncated: ${unended}`;
}

/** A place in the bytes of a file from which pickles and raw numbers are read, never beyond their end. */
import { RefusedError } from '../refusal.ts';

/** Longer lines (names of globals, numbers as text) occur in no checkpoint. */
const LONGEST_LINE = 1000;
const SHORT_TEXT = 64;
const NEWLINE = 0x0a;

export class PickleCursor {
  position = 0;
  readonly file: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #part: string;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /** @param part what of the file the bytes are, for messages: '' for all of it, else "archive/data.pkl" */
  constructor(file: string, bytes: Uint8Array<ArrayBuffer>, part = '') {
    this.file = file;
    this.bytes = bytes;
    this.#part = part;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.position === this.bytes.length;
  }

  /** "byte 12 of archive/data.pkl" */
  locate(byte: number): string {
    return `byte ${byte}${this.#part && ` of ${this.#part}`}`;
  }

  refuse(cause: string, byte = this.position): never {
    throw new RefusedError(this.file, `${this.locate(byte)}: ${cause}`);
  }

  /** Steps over `length` bytes and gives where they begin. */
  #skip(length: number): number {
    const begin = this.position;
    if (length > this.bytes.length - begin)
      this.refuse(`truncated: ${length} bytes are announced here, ${this.bytes.length - begin} are left`);
    this.position = begin + length;
    return begin;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    const begin = this.#skip(length);
    return this.bytes.subarray(begin, this.position);
  }

  uint8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  /** A count or length; rounded beyond 2⁵³, which no file holds. */
  uint64(): number {
    const low = this.uint32();
    return low + this.uint32() * 2 ** 32;
  }

  /** Big endian, as pickles have it. */
  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  text(length: number): string {
    const begin = this.#skip(length);
    if (length <= SHORT_TEXT) {
      let text = '';
      for (let i = begin; i < this.position; i++) {
        const byte = this.bytes[i] as number;
        if (byte > 0x7f) return this.#decode(begin);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return this.#decode(begin);
  }

  #decode(begin: number): string {
    try {
      return this.#decoder.decode(this.bytes.subarray(begin, this.position));
    } catch {
      return this.refuse('text that is not UTF-8', begin);
    }
  }

  /** The text up to the next end of line, without it. */
  line(): string {
    const rest = this.bytes.subarray(this.position, this.position + LONGEST_LINE + 1);
    const length = rest.indexOf(NEWLINE);
    if (length < 0) this.refuse(`no end of line within ${rest.length} bytes`);
    const text = this.text(length);
    this.position++;
    return text;
  }
}

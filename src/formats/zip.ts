/**
 * Zip archives as torch.save and numpy.savez write them, entirely in memory: every entry is read and checked against its
 * CRC-32 before anything is returned.
 *
 *   local header + name + extra | data | … for every entry | central directory | zip64 end record, locator | end record
 *
 * The central directory is believed only where the rest agrees: it must lie directly before the end records, entries may
 * not overlap, and nothing is inflated beyond the announced length.
 */
import { Inflate } from 'fflate';
import { messageOf } from '../util/errors.ts';
import type { Allowance } from './allowance.ts';
import { crc32 } from './crc32.ts';
import { quote } from './quote.ts';
import { RefusedError } from './refusal.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END_64_BYTES = 56;
/** Stands for "see the zip64 record". */
const IN_ZIP64 = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAGS = 0x2041;
/** More than any model has storages; keeps the directory's objects small. */
const MOST_ENTRIES = 2 ** 17;
/** Deflate makes at most 1,032 bytes of one: an upper bound of what one step can produce. */
const INFLATE_STEP = 1 << 14;

interface Entry {
  name: string;
  method: number;
  crc: number;
  /** In the archive. */
  compressed: number;
  /** As announced. */
  size: number;
  /** Of the local header. */
  offset: number;
}

export interface Zip {
  /** Contents by name, in the order of the directory. Stored entries are views into the archive. */
  entries: Map<string, Uint8Array<ArrayBuffer>>;
  /** False for an archive whose writer left all checksums out (an option of torch.save). */
  hasChecksums: boolean;
}

export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

/**
 * @param allowance bounds what deflated entries may inflate to
 * @throws RefusedError when the archive is truncated, damaged, encrypted or a bomb
 */
export function readZip(bytes: Uint8Array<ArrayBuffer>, file: string, allowance: Allowance): Zip {
  return new ZipReader(bytes, file, allowance).read();
}

class ZipReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #file: string;
  readonly #allowance: Allowance;

  constructor(bytes: Uint8Array<ArrayBuffer>, file: string, allowance: Allowance) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#file = file;
    this.#allowance = allowance;
  }

  read(): Zip {
    const directory = this.#findDirectory();
    const entries = this.#readDirectory(directory);
    const data = this.#locate(entries, directory.begin);
    const hasChecksums = entries.every(({ size }) => size === 0) || entries.some(({ crc }) => crc !== 0);
    for (const { name, method, size } of entries)
      if (method === DEFLATED) this.#allowance.take(size, `inflating entry ${quote(name)}`);
    const contents = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const entry of entries) {
      if (contents.has(entry.name)) this.#refuse(`its directory names ${quote(entry.name)} twice`);
      contents.set(entry.name, this.#contents(entry, data.get(entry) as Uint8Array<ArrayBuffer>, hasChecksums));
    }
    return { entries: contents, hasChecksums };
  }

  #refuse(cause: string): never {
    throw new RefusedError(this.#file, cause);
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** Rounded beyond 2⁵³, which no file reaches. */
  #u64(at: number): number {
    return this.#u32(at) + this.#u32(at + 4) * 2 ** 32;
  }

  #isAt(signature: number, at: number, length: number, end: number): boolean {
    return Number.isSafeInteger(at) && at >= 0 && at + length <= end && this.#u32(at) === signature;
  }

  /** The end record is the last one whose comment reaches exactly to the end of the file. */
  #findEnd(): number {
    const length = this.#bytes.length;
    const first = Math.max(0, length - END_BYTES - 0xffff);
    for (let at = length - END_BYTES; at >= first; at--) {
      if (this.#u32(at) === END && at + END_BYTES + this.#u16(at + 20) === length) return at;
    }
    return this.#refuse(`truncated: a zip archive of ${length} bytes without its end record`);
  }

  #findDirectory(): { begin: number; end: number; count: number } {
    const end = this.#findEnd();
    const small = { count: this.#u16(end + 10), size: this.#u32(end + 12), begin: this.#u32(end + 16), end };
    const locator = end - LOCATOR_BYTES;
    const found = this.#isAt(LOCATOR_64, locator, LOCATOR_BYTES, end) ? this.#readEnd64(locator, small) : small;
    const { count, size, begin } = found;
    if (begin + size !== found.end)
      this.#refuse(
        `truncated or damaged: its directory of ${size} bytes at byte ${begin} does not end where its end record begins (byte ${found.end})`,
      );
    if (count > MOST_ENTRIES)
      this.#refuse(`its directory announces ${count} entries; ${MOST_ENTRIES} are read at most`);
    return { begin, end: found.end, count };
  }

  #readEnd64(locator: number, small: { count: number; size: number; begin: number }) {
    const at = this.#u64(locator + 8);
    if (!this.#isAt(END_64, at, END_64_BYTES, locator) || at + 12 + this.#u64(at + 4) !== locator)
      return this.#refuse(`its zip64 end record is not at byte ${at}, where byte ${locator + 8} says`);
    const large = { count: this.#u64(at + 32), size: this.#u64(at + 40), begin: this.#u64(at + 48), end: at };
    const agrees =
      (small.count === 0xffff || small.count === large.count) &&
      (small.size === IN_ZIP64 || small.size === large.size) &&
      (small.begin === IN_ZIP64 || small.begin === large.begin);
    return agrees ? large : this.#refuse(`its end records at bytes ${at} and ${locator + LOCATOR_BYTES} disagree`);
  }

  #readDirectory({ begin, end, count }: { begin: number; end: number; count: number }): Entry[] {
    const entries: Entry[] = [];
    let at = begin;
    for (let i = 0; i < count; i++) {
      if (!this.#isAt(CENTRAL, at, CENTRAL_BYTES, end)) this.#refuse(`its directory is damaged at byte ${at}`);
      const nameEnd = at + CENTRAL_BYTES + this.#u16(at + 28);
      const extraEnd = nameEnd + this.#u16(at + 30);
      const next = extraEnd + this.#u16(at + 32);
      if (next > end) this.#refuse(`its directory is damaged at byte ${at}: an entry reaches beyond it`);
      entries.push(this.#readEntry(at, nameEnd, extraEnd));
      at = next;
    }
    if (at !== end) this.#refuse(`its directory of ${count} entries ends at byte ${at} instead of ${end}`);
    return entries;
  }

  #readEntry(at: number, nameEnd: number, extraEnd: number): Entry {
    const name = new TextDecoder().decode(this.#bytes.subarray(at + CENTRAL_BYTES, nameEnd));
    const refuse = (cause: string) => this.#refuse(`entry ${quote(name)} (byte ${at}): ${cause}`);
    if (this.#u16(at + 8) & ENCRYPTED_FLAGS) refuse('it is encrypted');
    const method = this.#u16(at + 10);
    if (method !== STORED && method !== DEFLATED) refuse(`compression method ${method} is not read`);
    const [compressed, size, offset] = this.#readSizes(at, nameEnd, extraEnd);
    if (method === STORED && compressed !== size) refuse(`stored, yet ${size} bytes long in ${compressed} bytes`);
    return { name, method, crc: this.#u32(at + 16), compressed, size, offset };
  }

  /** Compressed size, size and offset; those that do not fit 32 bits stand in a zip64 field, in its own order. */
  #readSizes(at: number, begin: number, end: number): [compressed: number, size: number, offset: number] {
    let field = begin;
    while (field + 4 <= end && this.#u16(field) !== 1) field += 4 + this.#u16(field + 2);
    const fieldEnd = Math.min(end, field + 4 <= end ? field + 4 + this.#u16(field + 2) : field);
    field += 4;
    const wide = (small: number): number => {
      if (small !== IN_ZIP64 || field + 8 > fieldEnd) return small;
      field += 8;
      return this.#u64(field - 8);
    };
    const size = wide(this.#u32(at + 24));
    return [wide(this.#u32(at + 20)), size, wide(this.#u32(at + 42))];
  }

  /** The bytes of every entry. Overlapping entries are how one byte is made to count many times. */
  #locate(entries: Entry[], directory: number): Map<Entry, Uint8Array<ArrayBuffer>> {
    const data = new Map<Entry, Uint8Array<ArrayBuffer>>();
    let position = 0;
    for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
      const refuse = (cause: string) => this.#refuse(`entry ${quote(entry.name)}: ${cause}`);
      const { offset, compressed } = entry;
      if (offset < position) refuse(`it begins at byte ${offset}, inside the one before it (to ${position})`);
      if (!this.#isAt(LOCAL, offset, LOCAL_BYTES, directory)) refuse(`it does not begin at byte ${offset}`);
      const nameEnd = offset + LOCAL_BYTES + this.#u16(offset + 26);
      const begin = nameEnd + this.#u16(offset + 28);
      position = begin + compressed;
      if (position > directory) refuse(`${compressed} bytes from byte ${begin} on reach beyond byte ${directory}`);
      const name = new TextDecoder().decode(this.#bytes.subarray(offset + LOCAL_BYTES, nameEnd));
      if (name !== entry.name) refuse(`at byte ${offset} it is named ${quote(name)}`);
      data.set(entry, this.#bytes.subarray(begin, position));
    }
    return data;
  }

  #contents(entry: Entry, data: Uint8Array<ArrayBuffer>, hasChecksums: boolean): Uint8Array<ArrayBuffer> {
    const contents = entry.method === STORED ? data : this.#inflate(entry, data);
    const crc = hasChecksums ? crc32(contents) : entry.crc;
    if (crc === entry.crc) return contents;
    const [actual, announced] = [crc, entry.crc].map((value) => value.toString(16).padStart(8, '0'));
    const where = `entry ${quote(entry.name)} (data from byte ${data.byteOffset - this.#bytes.byteOffset})`;
    return this.#refuse(`${where} is damaged: its CRC is ${actual} instead of ${announced}`);
  }

  #inflate({ name, size }: Entry, data: Uint8Array): Uint8Array<ArrayBuffer> {
    const contents = new Uint8Array(size);
    let length = 0;
    const refuse = (cause: string) => this.#refuse(`entry ${quote(name)}: ${cause}`);
    const inflate = new Inflate((chunk) => {
      if (length + chunk.length > size) refuse(`it holds more than the ${size} bytes announced`);
      contents.set(chunk, length);
      length += chunk.length;
    });
    try {
      for (let i = 0; i < data.length; i += INFLATE_STEP)
        inflate.push(data.subarray(i, i + INFLATE_STEP), i + INFLATE_STEP >= data.length);
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      refuse(`its deflated data are damaged (${messageOf(error)})`);
    }
    return length === size ? contents : refuse(`it holds ${length} bytes instead of ${size}`);
  }
}

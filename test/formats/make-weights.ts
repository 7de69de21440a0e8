/** Pickles, zip archives and PyTorch files for tests, put together byte by byte. */
import { deflateSync } from 'fflate';
import { crc32 } from '../../src/formats/crc32.ts';

const encoder = new TextEncoder();

/** Bytes from text (each character a byte), numbers (a byte each) and other bytes. */
export function bytesOf(...parts: (string | number | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.map((part) => {
    if (typeof part === 'number') return Uint8Array.of(part);
    return typeof part === 'string' ? Uint8Array.from(part, (character) => character.charCodeAt(0)) : part;
  });
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

export function uint32(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}

export const uint16 = (...values: number[]): Uint8Array => bytesOf(...values.flatMap((v) => [v & 255, v >> 8]));
export const uint64 = (value: number): Uint8Array => uint32(value % 2 ** 32, Math.floor(value / 2 ** 32));

/** Text in a pickle (BINUNICODE). */
export function text(value: string): Uint8Array<ArrayBuffer> {
  const encoded = encoder.encode(value);
  return bytesOf('X', uint32(encoded.length), encoded);
}

/** A number in a pickle (BININT). */
export const int = (value: number): Uint8Array<ArrayBuffer> => bytesOf('J', uint32(value >>> 0));

export const tuple = (...items: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> => bytesOf('(', ...items, 't');

/** A tensor of a pickle with one storage of `elements`. */
export function tensor({
  type = 'FloatStorage',
  key = '0',
  elements = 6,
  offset = 0,
  shape = [2, 3],
  strides = [3, 1],
}: Partial<{
  type: string;
  key: string;
  elements: number;
  offset: number;
  shape: number[];
  strides: number[];
}> = {}): Uint8Array<ArrayBuffer> {
  const storage = bytesOf(tuple(text('storage'), `ctorch\n${type}\n`, text(key), text('cpu'), int(elements)), 'Q');
  const hooks = 'ccollections\nOrderedDict\n)R';
  const args = tuple(storage, int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), '\x89', hooks);
  return bytesOf('ctorch._utils\n_rebuild_tensor_v2\n', args, 'R');
}

/** A pickle of a dict: keys and the operations that make their values. */
export function dictPickle(entries: Readonly<Record<string, string | Uint8Array>>): Uint8Array<ArrayBuffer> {
  return bytesOf('\x80\x02', dict(entries), '.');
}

/** The operations that make a dict. */
export function dict(entries: Readonly<Record<string, string | Uint8Array>>): Uint8Array<ArrayBuffer> {
  return bytesOf('}(', ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]), 'u');
}

export interface ZipOptions {
  /** Compress the contents. */
  deflate?: boolean;
  /** Sizes, offsets and the end record in their 64-bit forms. */
  zip64?: boolean;
  /** What the directory says instead of the truth. */
  forge?: { size?: number; crc?: number; flags?: number; method?: number; offset?: number };
  comment?: string;
}

const NARROW = 0xffffffff;

/** An archive with these contents. */
export function makeZip(
  contents: Readonly<Record<string, Uint8Array>>,
  { deflate = false, zip64 = false, forge = {}, comment = '' }: ZipOptions = {},
): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(contents)) {
    const data = deflate ? deflateSync(content) : content;
    const fileName = encoder.encode(name);
    const method = forge.method ?? (deflate ? 8 : 0);
    const crc = uint32(forge.crc ?? crc32(content));
    const size = forge.size ?? content.length;
    const stored = deflate ? data.length : size;
    const start = bytesOf(uint16(45, forge.flags ?? 0, method, 0, 0), crc);
    const local = bytesOf('PK\x03\x04', start, uint32(stored, size), uint16(fileName.length, 0), fileName, data);
    const offset = forge.offset ?? at;
    const extra = zip64 ? bytesOf(uint16(1, 24), uint64(size), uint64(stored), uint64(offset)) : '';
    const sizes = zip64 ? uint32(NARROW, NARROW) : uint32(stored, size);
    const lengths = bytesOf(uint16(fileName.length, extra.length, 0, 0, 0), uint32(0, zip64 ? NARROW : offset));
    directory.push(bytesOf('PK\x01\x02', uint16(45), start, sizes, lengths, fileName, extra));
    locals.push(local);
    at += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = directory.length;
  const record = bytesOf('PK\x06\x06', uint64(44), uint16(45, 45), uint32(0, 0), uint64(count), uint64(count));
  const wide = bytesOf(record, uint64(size), uint64(at), 'PK\x06\x07', uint32(0), uint64(at + size), uint32(1));
  const counts = zip64 ? uint16(0, 0, 0xffff, 0xffff) : uint16(0, 0, count, count);
  const sizes = zip64 ? uint32(NARROW, NARROW) : uint32(size, at);
  const end = bytesOf('PK\x05\x06', counts, sizes, uint16(comment.length), comment);
  return bytesOf(...locals, ...directory, zip64 ? wide : '', end);
}

const STORAGE = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

/** A PyTorch file around a pickle; its storage "0" holds 1 … 6 as float32. */
export function makePyTorch(
  pickle: Uint8Array,
  options: ZipOptions = {},
  records: Readonly<Record<string, Uint8Array>> = { 'data/0': STORAGE },
): Uint8Array<ArrayBuffer> {
  const others = Object.entries(records).map(([name, bytes]) => [`archive/${name}`, bytes]);
  return makeZip(
    { 'archive/data.pkl': pickle, ...Object.fromEntries(others), 'archive/version': bytesOf('3\n') },
    options,
  );
}

/** A file of the layout before 1.6 around a pickle without storages. */
export function makeStream(pickle: Uint8Array, storages: Uint8Array = bytesOf('\x80\x02].')): Uint8Array<ArrayBuffer> {
  const start = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.';
  return bytesOf(start, pickle, storages);
}

/**
 * PNG pictures in and out, grey or colour, 8 or 16 bits. fast-png does the coding; before it sees a file, the file's
 * chunks are checked here and everything but the picture itself is left out.
 */

import { convertIndexedToRgb, decode, encode } from 'fast-png';
import { Unzlib } from 'fflate';
import { messageOf } from '../util/errors.ts';
import { crc32 } from './crc32.ts';
import { RefusedError } from './refusal.ts';

/** Rows from top to bottom, pixels from left to right, channels interleaved: grey, grey + alpha, RGB or RGBA. */
export interface Picture {
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
  data: Uint8Array | Uint8ClampedArray | Uint16Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const NEEDED = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
const MOST_PIXELS = 1 << 28;
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/**
 * Encodes a picture; a Uint16Array gives 16 bits a channel. The same picture gives the same bytes.
 * @throws RangeError when the data do not have the picture's size
 */
export function writePng({ width, height, channels, data }: Picture): Uint8Array {
  if (data.length !== width * height * channels) {
    throw new RangeError(`PNG: ${data.length} values for ${width} × ${height} pixels of ${channels} channels`);
  }
  return encode({ width, height, channels, data, depth: data instanceof Uint16Array ? 16 : 8 });
}

/**
 * Decodes a picture; palettes become RGB(A).
 * @throws RefusedError for anything that is no whole, undamaged PNG picture of 8 or 16 bits
 */
export function readPng(bytes: Uint8Array, name: string): Picture {
  const clean = pictureChunks(bytes, name);
  try {
    const png = decode(clean);
    const { width, height, palette, depth } = png;
    if (palette) return { width, height, channels: palette[0]?.length === 4 ? 4 : 3, data: convertIndexedToRgb(png) };
    if (depth !== 8 && depth !== 16) throw new RefusedError(name, `grey values of ${depth} bits, 8 or 16 are read`);
    return { width, height, channels: png.channels as Picture['channels'], data: png.data };
  } catch (error) {
    throw error instanceof RefusedError ? error : new RefusedError(name, `damaged PNG (${messageOf(error)})`);
  }
}

interface Chunk {
  type: string;
  /** With length, type and CRC. */
  whole: Uint8Array;
  data: Uint8Array;
}

function readChunks(bytes: Uint8Array, name: string): Chunk[] {
  if (!isPng(bytes)) throw new RefusedError(name, 'not a PNG file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  let offset = SIGNATURE.length;
  while (chunks.at(-1)?.type !== 'IEND') {
    const length = offset + 12 <= bytes.length ? view.getUint32(offset) : Number.POSITIVE_INFINITY;
    const end = offset + 12 + length;
    if (end > bytes.length)
      throw new RefusedError(
        name,
        `truncated PNG: a chunk at byte ${offset} goes beyond the file's ${bytes.length} bytes`,
      );
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (crc32(bytes.subarray(offset + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new RefusedError(
        name,
        `damaged PNG: chunk ${type.replace(/[^a-zA-Z]/g, '?')} at byte ${offset} does not match its CRC`,
      );
    }
    chunks.push({ type, whole: bytes.subarray(offset, end), data: bytes.subarray(offset + 8, end - 4) });
    offset = end;
  }
  return chunks;
}

/** The file with only those chunks that make the picture, after checking that it holds as many pixels as it says. */
function pictureChunks(bytes: Uint8Array, name: string): Uint8Array {
  const chunks = readChunks(bytes, name).filter(({ type }) => NEEDED.has(type));
  const [header] = chunks;
  if (header?.type !== 'IHDR' || header.data.length !== 13)
    throw new RefusedError(name, 'damaged PNG: it does not begin with a header');
  const needed = inflatedSize(header.data, name);
  refuseOtherSize(
    chunks.filter(({ type }) => type === 'IDAT'),
    needed,
    name,
  );
  const clean = new Uint8Array(chunks.reduce((sum, { whole }) => sum + whole.length, SIGNATURE.length));
  clean.set(SIGNATURE);
  let offset = SIGNATURE.length;
  for (const { whole } of chunks) {
    clean.set(whole, offset);
    offset += whole.length;
  }
  return clean;
}

/** Bytes of all rows, each with its filter byte. */
function inflatedSize(header: Uint8Array, name: string): number {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth = 0, colour = 0] = header.subarray(8, 10);
  const channels = CHANNELS[colour];
  if (width === 0 || height === 0 || width * height > MOST_PIXELS)
    throw new RefusedError(name, `impossible PNG size ${width} × ${height}`);
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw new RefusedError(name, `unknown PNG colour type ${colour} with ${depth} bits`);
  if (header[12] !== 0)
    throw new RefusedError(name, 'interlaced PNG pictures are not read; save it without interlacing');
  return height * (1 + Math.ceil((width * channels * depth) / 8));
}

function refuseOtherSize(parts: readonly Chunk[], needed: number, name: string): void {
  let found = 0;
  const unzlib = new Unzlib((chunk) => {
    found += chunk.length;
    if (found > needed)
      throw new RefusedError(name, `damaged PNG: more than the ${needed} bytes of pixels that its size asks for`);
  });
  try {
    for (const { data } of parts) {
      for (let i = 0; i < data.length; i += 1 << 14) unzlib.push(data.subarray(i, i + (1 << 14)), false);
    }
  } catch (error) {
    throw error instanceof RefusedError ? error : new RefusedError(name, `damaged PNG (${messageOf(error)})`);
  }
  if (found < needed)
    throw new RefusedError(name, `damaged PNG: ${found} of the ${needed} bytes of pixels that its size asks for`);
}

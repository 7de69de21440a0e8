/**
 * `images.safetensors`: one tensor "images", float32 [n, 1, side, side], written and read one picture at a time, so that
 * a thousand studies need no more memory than one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../util/errors.ts';

/** Space kept for the header, whose final length is unknown until the last picture; the format allows padding. */
const HEADER_BYTES = 1024;
const LENGTH_BYTES = 8;

/** Writes pictures as they come; the file is complete after `finish`. */
export class PicturesWriter {
  readonly #file: FileHandle;
  readonly #side: number;
  #count = 0;

  private constructor(file: FileHandle, side: number) {
    this.#file = file;
    this.#side = side;
  }

  static async create(path: string, side: number): Promise<PicturesWriter> {
    return new PicturesWriter(await open(path, 'wx'), side);
  }

  async add(picture: Float32Array): Promise<void> {
    const size = this.#side * this.#side;
    if (picture.length !== size)
      throw new RangeError(`a picture of ${picture.length} pixels in a file of ${this.#side} × ${this.#side}`);
    await this.#file.write(bytesOf(picture), 0, size * 4, LENGTH_BYTES + HEADER_BYTES + this.#count * size * 4);
    this.#count++;
  }

  /** Writes the header and syncs to disk. `metadata` describes how the pictures were made. */
  async finish(metadata: Record<string, string>): Promise<void> {
    const shape = [this.#count, 1, this.#side, this.#side];
    const bytes = this.#count * this.#side * this.#side * 4;
    const header = { __metadata__: metadata, images: { dtype: 'F32', shape, data_offsets: [0, bytes] } };
    const json = Buffer.from(JSON.stringify(header));
    if (json.length > HEADER_BYTES)
      throw new RangeError(`the header of ${json.length} bytes does not fit into ${HEADER_BYTES}`);
    const text = Buffer.alloc(HEADER_BYTES, ' ');
    json.copy(text);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeBigUInt64LE(BigInt(HEADER_BYTES));
    await this.#file.write(Buffer.concat([length, text]), 0, LENGTH_BYTES + HEADER_BYTES, 0);
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function bytesOf(array: Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** SHA-256 of a file, in hex. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

interface Layout {
  count: number;
  side: number;
  /** Of the first picture in the file. */
  offset: number;
}

async function layoutOf(file: FileHandle, path: string): Promise<Layout> {
  const { size } = await file.stat();
  const fault = (cause: string) => new UserError(`${path}: ${cause}; make it again with agelens prepare`);
  const start = Buffer.alloc(LENGTH_BYTES);
  await file.read(start, 0, LENGTH_BYTES, 0);
  const length = size < LENGTH_BYTES ? 0 : Number(start.readBigUInt64LE());
  if (length === 0 || length > Math.min(size - LENGTH_BYTES, 1 << 20))
    throw fault(`not a safetensors file (${size} bytes, header of ${length})`);
  const text = Buffer.alloc(length);
  await file.read(text, 0, length, LENGTH_BYTES);
  const images = imagesEntry(text.toString('utf8'));
  if (!images) throw fault('it holds no float32 tensor "images" of shape [n, 1, side, side]');
  const { count, side, begin } = images;
  const end = LENGTH_BYTES + length + begin + count * side * side * 4;
  if (end > size) throw fault(`it is cut off: ${count} pictures end at byte ${end}, the file at ${size}`);
  return { count, side, offset: LENGTH_BYTES + length + begin };
}

function imagesEntry(header: string): { count: number; side: number; begin: number } | null {
  try {
    const { images } = JSON.parse(header) as { images: { dtype: string; shape: number[]; data_offsets: number[] } };
    const [count = -1, channels, side = 0, width] = images.shape;
    const begin = images.data_offsets[0] ?? -1;
    const right = images.dtype === 'F32' && channels === 1 && side === width && side > 0 && count >= 0 && begin >= 0;
    return right && [count, side, begin].every(Number.isSafeInteger) ? { count, side, begin } : null;
  } catch {
    return null;
  }
}

/**
 * Calls `take` with every picture of the file in turn; the array is used again for the next one.
 * @throws UserError when the file is no such file or cut off
 */
export async function readPictures(
  path: string,
  take: (picture: Float32Array, index: number, layout: { count: number; side: number }) => void | Promise<void>,
): Promise<void> {
  const file = await open(path, 'r').catch(() => {
    throw new UserError(`${path}: no such file; --data takes a folder made by agelens prepare`);
  });
  try {
    const { count, side, offset } = await layoutOf(file, path);
    const picture = new Float32Array(side * side);
    for (let index = 0; index < count; index++) {
      await file.read(bytesOf(picture), 0, picture.byteLength, offset + index * picture.byteLength);
      await take(picture, index, { count, side });
    }
  } finally {
    await file.close();
  }
}

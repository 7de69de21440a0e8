/**
 * Gunzip that can be trusted with any file. fflate inflates; this adds what it leaves out: every member of a
 * multi-member file is checked against its own CRC-32 and length, the output goes into a buffer whose size is known
 * beforehand, and nothing is inflated beyond it.
 */
import { Gunzip } from 'fflate';
import { messageOf } from '../util/errors.ts';
import { crc32 } from './crc32.ts';
import { RefusedError } from './refusal.ts';

/** A deflate stream holds at most this many times its own bytes. */
export const MOST_GZIP_RATIO = 1032;

/** Compressed bytes per step: bounds what one step can inflate to (64 MiB, and 4 MiB at the start). */
const STEP = 1 << 16;
const FIRST_STEP = 1 << 12;
const TRAILER = 8;
const TRUNCATED = 'the gzip data are truncated';

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Thrown to leave the inflater early; never seen outside. */
class Enough extends Error {}

/**
 * The first `count` bytes inside a gzip file, or fewer when it holds fewer; nothing is checked.
 * @throws RefusedError when the compressed data are damaged
 */
export function gunzipStart(compressed: Uint8Array, count: number, name: string): Uint8Array<ArrayBuffer> {
  const start = new Uint8Array(count);
  let length = 0;
  const gunzip = new Gunzip((chunk) => {
    const part = chunk.subarray(0, count - length);
    start.set(part, length);
    length += part.length;
    if (length === count) throw new Enough();
  });
  try {
    for (let i = 0; i < compressed.length; i += FIRST_STEP) gunzip.push(compressed.subarray(i, i + FIRST_STEP), false);
  } catch (error) {
    if (!(error instanceof Enough)) throw damaged(name, error);
  }
  return start.subarray(0, length);
}

/**
 * Inflates a whole gzip file into two pieces: `head`, of which the first bytes are known from {@link gunzipStart}, and
 * `body`, everything from byte `head.length` on, up to its length.
 * @returns the bytes produced, without those that neither piece had room for
 * @throws RefusedError when data are damaged, a CRC or length does not match, or more than `excess` bytes come after
 *   the body
 */
export function gunzipInto(
  compressed: Uint8Array,
  skip: number,
  body: Uint8Array,
  excess: number,
  name: string,
): number {
  let total = 0;
  const member = { crc: 0, length: 0 };
  const gunzip = new Gunzip((chunk) => {
    member.crc = crc32(chunk, member.crc);
    member.length += chunk.length;
    const begin = Math.max(0, skip - total);
    const room = skip + body.length - total;
    if (room > begin && chunk.length > begin) body.set(chunk.subarray(begin, room), Math.max(0, total - skip));
    total += chunk.length;
    if (total > skip + body.length + excess) {
      throw new RefusedError(
        name,
        `the file holds more than the ${skip + body.length} bytes that its header announces`,
      );
    }
  });
  gunzip.onmember = (offset) => {
    checkTrailer(compressed, offset, member, name);
    member.crc = 0;
    member.length = 0;
  };
  try {
    for (let i = 0; i < compressed.length; i += STEP)
      gunzip.push(compressed.subarray(i, i + STEP), i + STEP >= compressed.length);
  } catch (error) {
    throw error instanceof RefusedError ? error : damaged(name, error);
  }
  checkTrailer(compressed, compressed.length, member, name);
  return Math.min(total, skip + body.length);
}

/** Compares what was inflated with the CRC-32 and length in the 8 bytes before `end`. */
function checkTrailer(
  compressed: Uint8Array,
  end: number,
  member: { crc: number; length: number },
  name: string,
): void {
  if (end < TRAILER) throw new RefusedError(name, TRUNCATED);
  const view = new DataView(compressed.buffer, compressed.byteOffset + end - TRAILER, TRAILER);
  const [crc, length] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (crc === member.crc && length === member.length % 2 ** 32) return;
  throw new RefusedError(
    name,
    `the gzip data are truncated or damaged (${member.length} bytes with CRC ${hex(member.crc)} where ${length} with ${hex(crc)} are announced)`,
  );
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');

function damaged(name: string, error: unknown): RefusedError {
  const cause = messageOf(error);
  return new RefusedError(name, cause === 'unexpected EOF' ? TRUNCATED : `the gzip data are damaged (${cause})`);
}

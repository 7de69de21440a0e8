/**
 * Deflated Explicit VR Little Endian: the data set of a file is one raw deflate stream.
 */
import { Inflate } from 'fflate';
import { concatenate } from '../../util/bytes.ts';
import { messageOf } from '../../util/errors.ts';
import { Allowance } from '../allowance.ts';
import { RefusedError } from '../refusal.ts';

/** Compressed bytes per step, which bounds what one step can inflate to (4 MiB). */
const STEP = 1 << 12;

/**
 * The inflated data set.
 * @param length of the deflate stream, at the end of the file's bytes
 * @throws RefusedError when the stream is damaged or cut off, or swells beyond what a file of its size is allowed
 */
export function inflateDataSet(file: Uint8Array, length: number, name: string): Uint8Array<ArrayBuffer> {
  const allowance = new Allowance(name, file.length);
  const chunks: Uint8Array[] = [];
  let ended = false;
  const inflate = new Inflate((chunk, final) => {
    allowance.take(chunk.length, 'the inflated data set');
    chunks.push(chunk);
    ended ||= final;
  });
  const compressed = file.subarray(file.length - length);
  try {
    for (let i = 0; i < compressed.length && !ended; i += STEP)
      inflate.push(compressed.subarray(i, i + STEP), i + STEP >= compressed.length);
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(name, `truncated or damaged deflated data set: ${messageOf(error)}`);
  }
  return concatenate(chunks);
}

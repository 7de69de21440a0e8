/**
 * RLE Lossless (DICOM PS3.5, annex G): a header of sixteen 32-bit numbers (how many segments, where each begins), then one
 * segment for each byte of a pixel, the most significant first, packed as PackBits: a length byte n from 0 to 127 is
 * followed by n + 1 bytes as they are, one from 129 to 255 by one byte that stands for 257 − n.
 */
import { type FrameShape, type FrameValues, undecodable } from './frame.ts';

const HEADER = 64;
const CODEC = 'RLE';

/** Decodes one frame. @throws RefusedError when segments do not fit the header or the data */
export function decodeRle(bytes: Uint8Array, shape: FrameShape): FrameValues {
  const { rows, columns, bitsAllocated, name } = shape;
  const starts = segmentStarts(bytes, bitsAllocated / 8, name);
  const pixels = rows * columns;
  const segments = starts.map((start, i) => unpack(bytes.subarray(start, starts[i + 1] ?? bytes.length), pixels, name));
  const [high, low] = segments;
  if (!high) throw undecodable(name, CODEC, 'no segment');
  if (!low) return high;
  const values = new Uint16Array(pixels);
  for (let i = 0; i < pixels; i++) values[i] = ((high[i] ?? 0) << 8) | (low[i] ?? 0);
  return values;
}

function segmentStarts(bytes: Uint8Array, expected: number, name: string): number[] {
  if (bytes.length < HEADER) throw undecodable(name, CODEC, `${bytes.length} bytes, the header alone has ${HEADER}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(0, true);
  if (count !== expected)
    throw undecodable(name, CODEC, `${count} segments where ${expected} are needed for each byte of a pixel`);
  const starts = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i, true));
  const rising = starts.every(
    (start, i) => start >= (i === 0 ? HEADER : (starts[i - 1] ?? 0)) && start <= bytes.length,
  );
  if (!rising) throw undecodable(name, CODEC, `segments begin at bytes ${starts.join(', ')} of ${bytes.length}`);
  return starts;
}

function unpack(packed: Uint8Array, count: number, name: string): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(count);
  let [read, written] = [0, 0];
  while (written < count && read < packed.length) {
    const length = packed[read++] ?? 0;
    if (length === 128) continue;
    if (length < 128) {
      const end = Math.min(read + length + 1, packed.length);
      values.set(packed.subarray(read, Math.min(end, read + count - written)), written);
      written += end - read;
      read = end;
    } else {
      values.fill(packed[read++] ?? 0, written, written + 257 - length);
      written += 257 - length;
    }
  }
  if (written < count) throw undecodable(name, CODEC, `a segment ends after ${written} of ${count} pixels`);
  return values;
}

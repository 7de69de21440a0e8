/**
 * Which codec reads which transfer syntax.
 */
import { RefusedError } from '../../refusal.ts';
import { ENCAPSULATED_UNCOMPRESSED, transferSyntaxName } from '../transfer-syntax.ts';
import type { FrameShape, FrameValues } from './frame.ts';
import { decodeJpeg } from './jpeg/decode.ts';
import { decodeRle } from './rle.ts';
import { decodeJpeg2000, decodeJpegLs } from './wasm.ts';

type Decode = (bytes: Uint8Array, shape: FrameShape) => FrameValues | Promise<FrameValues>;

const JPEG = '1.2.840.10008.1.2.4.';

const DECODERS: Readonly<Record<string, Decode>> = {
  [ENCAPSULATED_UNCOMPRESSED]: plainFrame,
  '1.2.840.10008.1.2.5': decodeRle,
  ...Object.fromEntries(['50', '51', '53', '55', '57', '70'].map((last) => [JPEG + last, decodeJpeg])),
  ...Object.fromEntries(['80', '81'].map((last) => [JPEG + last, decodeJpegLs])),
  ...Object.fromEntries(['90', '91', '201', '202', '203'].map((last) => [JPEG + last, decodeJpeg2000])),
};

/** A frame in fragments that is not compressed at all. */
function plainFrame(bytes: Uint8Array, { rows, columns, bitsAllocated, name }: FrameShape): FrameValues {
  const length = rows * columns * (bitsAllocated / 8);
  if (bytes.length < length)
    throw new RefusedError(name, `${rows} × ${columns} pixels need ${length} bytes, its frame has ${bytes.length}`);
  const values = bytes.slice(0, length);
  return bitsAllocated === 8 ? values : new Uint16Array(values.buffer);
}

/** Whether pixel data of this transfer syntax are compressed in a way that is read. */
export function isDecodable(transferSyntax: string): boolean {
  return Object.hasOwn(DECODERS, transferSyntax);
}

/** A frame may take so many bytes, whatever its size on disk, and so many for each of its compressed bytes. */
const BASE_BYTES = 16 * 2 ** 20;
const BYTES_PER_BYTE = 16;

/**
 * The pixels of one compressed frame.
 * @throws RefusedError when the data are damaged, describe another picture than `shape`, or would swell beyond reason
 */
export async function decodeFrame(transferSyntax: string, bytes: Uint8Array, shape: FrameShape): Promise<FrameValues> {
  const decode = DECODERS[transferSyntax];
  if (!decode)
    throw new RefusedError(shape.name, `its transfer syntax is not read: ${transferSyntaxName(transferSyntax)}`);
  const needed = shape.rows * shape.columns * (shape.bitsAllocated / 8);
  const limit = BASE_BYTES + BYTES_PER_BYTE * bytes.length;
  if (needed > limit)
    throw new RefusedError(
      shape.name,
      `${shape.rows} × ${shape.columns} pixels would take ${needed} bytes; ${bytes.length} compressed bytes are given ${limit}`,
    );
  return decode(bytes, shape);
}

/**
 * JPEG-LS (CharLS) and JPEG 2000 with its high-throughput form (OpenJPEG), both compiled to WebAssembly. What a codec would
 * allocate is read from the compressed header before it runs. A decoder that fails leaves memory behind, so an instance is
 * thrown away after some failures, and at once when it trapped. A page loads the codecs when a scan needs them.
 */
import { messageOf } from '../../../util/errors.ts';
import { RefusedError } from '../../refusal.ts';
import { expectFrame, type FrameShape, type FrameValues, undecodable } from './frame.ts';
import { jpeg2000Size, jpegLsSize, type StreamSize } from './stream-size.ts';

interface Codec {
  /** For messages. */
  name: string;
  size: (bytes: Uint8Array) => StreamSize;
  decoder: () => Promise<() => CodecDecoder>;
}

const JPEG_LS: Codec = {
  name: 'JPEG-LS',
  size: jpegLsSize,
  decoder: async () => {
    const { codecModules } = await import('#dicom-codecs');
    const { JpegLSDecoder } = await codecModules.charls();
    return () => new JpegLSDecoder();
  },
};

const JPEG_2000: Codec = {
  name: 'JPEG 2000',
  size: jpeg2000Size,
  decoder: async () => {
    const { codecModules } = await import('#dicom-codecs');
    const { J2KDecoder } = await codecModules.openjpeg();
    return () => new J2KDecoder();
  },
};

interface Instance {
  create: Promise<() => CodecDecoder>;
  failures: number;
}

const MOST_FAILURES = 16;
const instances = new Map<Codec, Instance>();

function instanceOf(codec: Codec): Instance {
  let instance = instances.get(codec);
  if (!instance) instances.set(codec, (instance = { create: codec.decoder(), failures: 0 }));
  return instance;
}

/** Decodes one frame. @throws RefusedError when the data are damaged or describe another picture than the header */
export const decodeJpegLs = (bytes: Uint8Array, shape: FrameShape): Promise<FrameValues> =>
  decodeWith(JPEG_LS, bytes, shape);

/** Decodes one frame, of high-throughput JPEG 2000 too. @throws RefusedError as {@link decodeJpegLs} does */
export const decodeJpeg2000 = (bytes: Uint8Array, shape: FrameShape): Promise<FrameValues> =>
  decodeWith(JPEG_2000, bytes, shape);

async function decodeWith(codec: Codec, bytes: Uint8Array, shape: FrameShape): Promise<FrameValues> {
  const instance = instanceOf(codec);
  const create = await instance.create;
  try {
    const size = codec.size(bytes);
    expectFrame(shape, codec.name, size);
    if (size.bits > shape.bitsAllocated)
      throw new RangeError(`${size.bits} bits a sample, ${shape.bitsAllocated} are allocated`);
    return run(create(), bytes, shape);
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    instance.failures++;
    if (instance.failures >= MOST_FAILURES || error instanceof WebAssembly.RuntimeError) instances.delete(codec);
    throw undecodable(shape.name, codec.name, causeOf(error));
  }
}

/** WebAssembly throws C++ exceptions as numbers or objects that say nothing, and a DataView names no header. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error) || !error.message) return 'the decoder gave up';
  return /bounds of the DataView/.test(error.message) ? 'its header is cut off' : messageOf(error);
}

function run(decoder: CodecDecoder, bytes: Uint8Array, { rows, columns, bitsAllocated }: FrameShape): FrameValues {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { bitsPerSample } = decoder.getFrameInfo();
    const width = bitsPerSample > 8 ? 2 : 1;
    const decoded = decoder.getDecodedBuffer().slice(0, rows * columns * width);
    if (decoded.length < rows * columns * width)
      throw new RangeError(`${decoded.length} bytes for ${rows} × ${columns} samples`);
    const samples = width === 2 ? new Uint16Array(decoded.buffer) : decoded;
    return bitsAllocated === 8 ? Uint8Array.from(samples) : Uint16Array.from(samples);
  } finally {
    decoder.delete();
  }
}

/**
 * JPEG of grey pictures in every Huffman-coded process that DICOM knows: baseline and extended (8 and 12 bits),
 * progressive, lossless (2 to 16 bits). Written here because no package reads 12 bits.
 */
import { messageOf } from '../../../../util/errors.ts';
import { RefusedError } from '../../../refusal.ts';
import { expectFrame, type FrameShape, type FrameValues, undecodable } from '../frame.ts';
import { decodeLossless } from './lossless.ts';
import { JpegReader } from './markers.ts';
import { decodeTransform } from './transform.ts';

/** Decodes one frame. @throws RefusedError when the data are damaged or describe another picture than the header */
export function decodeJpeg(bytes: Uint8Array, shape: FrameShape): FrameValues {
  try {
    const reader = new JpegReader(bytes);
    const scan = reader.nextScan();
    if (!scan) throw new RangeError('it ends before its first scan');
    const { frame } = reader;
    expectFrame(shape, 'JPEG', frame);
    if (frame.precision > shape.bitsAllocated)
      throw new RangeError(`${frame.precision} bits a sample, ${shape.bitsAllocated} are allocated`);
    const samples = frame.process === 3 ? decodeLossless(bytes, frame, scan) : decodeTransform(bytes, reader, scan);
    return shape.bitsAllocated === 8 ? Uint8Array.from(samples) : samples;
  } catch (error) {
    throw error instanceof RefusedError ? error : undecodable(shape.name, 'JPEG', messageOf(error));
  }
}

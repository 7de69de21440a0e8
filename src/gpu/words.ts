/** WebGPU moves whole 32-bit words. */
import type { GpuBuffer } from './buffer.ts';

/** Arrays whose bytes can be written to a buffer. */
export type HostArray = Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array | Float64Array;

export function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** Past a buffer's end there is room for the rest of a word, within it there is somebody's data. */
export function checkWords(what: string, target: GpuBuffer, bytes: number, offset: number): void {
  const end = offset + bytes;
  if (offset % 4 === 0 && end <= target.bytes && (bytes % 4 === 0 || end === target.bytes)) return;
  throw new Error(
    `${what} of ${bytes} bytes at ${offset} into "${target.label}" of ${target.bytes} bytes does not fit or is not aligned to 4`,
  );
}

/** The array's bytes, padded to whole words. */
export function padded(data: HostArray): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  if (bytes.byteLength % 4 === 0) return bytes;
  const words = new Uint8Array(wholeWords(bytes.byteLength));
  words.set(bytes);
  return words;
}

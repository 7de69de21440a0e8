import type { BufferView, GpuBuffer } from '../gpu/index.ts';

/**
 * A buffer as whole vec4s, for kernels that read and write four elements at once (two to four times faster on processors,
 * and what GPUs like best). The pool's memory comes in multiples of 64 bytes, so the last vec4 of any number of elements is
 * there; what lies behind the last element is never used.
 */
export function asVec4(buffer: GpuBuffer): BufferView {
  return { buffer, offset: 0, bytes: Math.max(16, Math.ceil(buffer.bytes / 16) * 16) };
}

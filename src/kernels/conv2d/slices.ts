import type { BufferView, GpuBuffer } from '../../gpu/index.ts';

/** A buffer or a part of one. */
export type Operand = GpuBuffer | BufferView;

/** WebGPU's default limit for what a kernel binds at once. */
export const BINDING_BYTES = 2 ** 27;

/** Where a part of a buffer may begin: at multiples of so many bytes. */
const ALIGNMENT = 256;

export interface Slice {
  /** First picture and number of pictures. */
  first: number;
  count: number;
}

/**
 * Cuts a batch into runs of pictures whose tensors can be bound at once. `bytes` are a picture's bytes in each of the
 * tensors, `largest` the most that a picture takes in them or in scratch memory. The cut depends on the sizes and on WebGPU's default limit, not on the adapter, so that split sums come in the
 * same order everywhere. Where no cut is possible (one picture is too large, or pictures begin at odd places) the batch
 * stays whole, and the runtime refuses it with the numbers if the adapter cannot bind it.
 */
export function batchSlices(
  batch: number,
  bytes: readonly number[],
  limit = BINDING_BYTES,
  largest = Math.max(...bytes),
): Slice[] {
  const whole = [{ first: 0, count: batch }];
  if (batch * largest <= limit) return whole;
  let step = 1;
  while (bytes.some((each) => (each * step) % ALIGNMENT !== 0)) step *= 2;
  const count = Math.floor(limit / largest / step) * step;
  if (count === 0) return whole;
  return Array.from({ length: Math.ceil(batch / count) }, (_, i) => ({
    first: i * count,
    count: Math.min(count, batch - i * count),
  }));
}

/** The pictures of a slice, each of `bytes`; the whole buffer where the slice is the whole batch. */
export function sliceOf(buffer: GpuBuffer, { first, count }: Slice, batch: number, bytes: number): Operand {
  return count === batch ? buffer : { buffer, offset: first * bytes, bytes: count * bytes };
}

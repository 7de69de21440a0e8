import { type BufferView, type Gpu, GpuBuffer, SCALAR_BYTES } from '../gpu/index.ts';

/** A buffer or a part of one. */
export type Operand = GpuBuffer | BufferView;

/** WebGPU's default limit for what a kernel binds at once. */
export const BINDING_BYTES = 2 ** 27;

/** Where a part of a buffer may begin: at multiples of so many bytes. */
export const ALIGNMENT = 256;

/** A run of things, such as the pictures of a batch, that are bound at once. */
export interface Slice {
  first: number;
  count: number;
}

/**
 * Cuts `total` things into runs whose tensors can be bound at once. `bytes` are what one takes in each of the tensors,
 * `largest` the most that it takes in them or in scratch memory. The cut depends on the sizes and on WebGPU's default limit,
 * not on the adapter, so that split sums come in the same order everywhere. One that is larger than the limit is bound by
 * itself, and the runtime refuses it with the numbers if the adapter cannot.
 */
export function batchSlices(
  total: number,
  bytes: readonly number[],
  limit = BINDING_BYTES,
  largest = Math.max(...bytes),
): Slice[] {
  if (total * largest <= limit) return [{ first: 0, count: total }];
  let step = 1;
  while (bytes.some((each) => (each * step) % ALIGNMENT !== 0)) step *= 2;
  const count = Math.max(1, Math.floor(limit / largest / step)) * step;
  return Array.from({ length: Math.ceil(total / count) }, (_, i) => ({
    first: i * count,
    count: Math.min(count, total - i * count),
  }));
}

/** The things of a slice, each of `bytes`; the whole buffer where the slice is the whole. */
export function sliceOf(buffer: GpuBuffer, { first, count }: Slice, total: number, bytes: number): Operand {
  return count === total ? buffer : { buffer, offset: first * bytes, bytes: count * bytes };
}

/** A tensor of rows (pictures, planes, lines) and the elements of one; 0 for what all rows share. */
export interface Rows {
  buffer: GpuBuffer;
  row: number;
}

/** A run of rows and what is bound of each tensor for them. */
export interface RowParts<Name extends string> extends Slice {
  buffers: Record<Name, Operand>;
}

/** Runs of the rows of some tensors that can be bound at once. */
export function inRows<Name extends string>(gpu: Gpu, rows: number, tensors: Record<Name, Rows>): RowParts<Name>[] {
  const entries = Object.entries<Rows>(tensors);
  const bytesOf = ({ buffer, row }: Rows) => SCALAR_BYTES[buffer.scalar] * row;
  const bytes = entries.map(([, tensor]) => bytesOf(tensor));
  return batchSlices(rows, bytes, gpu.bindingBytes).map((slice) => {
    const parts = entries.map(([name, tensor]) => [
      name,
      tensor.row === 0 ? tensor.buffer : sliceOf(tensor.buffer, slice, rows, bytesOf(tensor)),
    ]);
    return { ...slice, buffers: Object.fromEntries(parts) as Record<Name, Operand> };
  });
}

/** What a dispatch that reads or writes each of its tensors once counts for the profiler. */
export function workOn(buffers: Readonly<Record<string, Operand>>): { bytes: number } {
  return { bytes: Object.values(buffers).reduce((sum, part) => sum + part.bytes, 0) };
}

/** Elements of a buffer: a part of it that may be bound, and how many of its own elements come before them. */
export interface Elements {
  part: Operand;
  skip: number;
}

/** Bytes of one number of an operand. */
export const elementBytes = (operand: Operand): number =>
  SCALAR_BYTES[(operand instanceof GpuBuffer ? operand : operand.buffer).scalar];

/** So many elements of an operand from one on, wherever they begin; bindings end at whole words. */
export function elementsOf(operand: Operand, first: number, count: number): Elements {
  const each = elementBytes(operand);
  const [buffer, start] = operand instanceof GpuBuffer ? [operand, 0] : [operand.buffer, operand.offset];
  const skip = first % (ALIGNMENT / each);
  const bytes = Math.ceil(((skip + count) * each) / 4) * 4;
  return { part: { buffer, offset: start + (first - skip) * each, bytes }, skip };
}

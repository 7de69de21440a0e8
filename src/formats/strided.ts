/**
 * Tensors whose elements lie apart in their storage (transposed, sliced, expanded; Fortran order), laid out in C order.
 *
 *   element (i₀, i₁, …) of a tensor = element offset + i₀·stride₀ + i₁·stride₁ + … of its storage
 */

/** The strides of a tensor in C order, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = (strides[d + 1] as number) * (shape[d + 1] as number);
  return strides;
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((count, length) => count * length, 1);

/** One more than the last storage element that a tensor touches, from its first; 0 when it has no elements. */
export function storageExtent(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((extent, length, d) => extent + (length - 1) * (strides[d] as number), 1);
}

/** Whether the elements lie one after another already; strides of dimensions of length 1 do not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = contiguousStrides(shape);
  return shape.includes(0) || shape.every((length, d) => length === 1 || strides[d] === expected[d]);
}

/**
 * A copy in C order. The caller has checked that `storage`, which begins at the tensor's first element, holds
 * {@link storageExtent} elements.
 * @param width bytes of an element
 */
export function copyContiguous(
  storage: Uint8Array<ArrayBuffer>,
  width: number,
  shape: readonly number[],
  strides: readonly number[],
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(elementCount(shape) * width);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < copy.length; to += width) {
    for (let byte = 0; byte < width; byte++) copy[to + byte] = storage[from + byte] as number;
    for (let d = shape.length - 1; d >= 0; d--) {
      const stride = (strides[d] as number) * width;
      const next = (index[d] as number) + 1;
      from += stride;
      index[d] = next;
      if (next < (shape[d] as number)) break;
      from -= stride * next;
      index[d] = 0;
    }
  }
  return copy;
}

/** A copy with the bytes of every element reversed: big endian to little endian. */
export function swapBytes(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const swapped = Uint8Array.from(bytes);
  for (let i = 0; i < swapped.length; i += width) swapped.subarray(i, i + width).reverse();
  return swapped;
}

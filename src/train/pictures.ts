/** Square pictures of one size, one after another: picture i is data[i·side² … (i+1)·side²), rows from the top. */
export interface Pictures {
  data: Float32Array<ArrayBuffer>;
  count: number;
  side: number;
}

export function pictureAt({ data, side }: Pictures, index: number): Float32Array<ArrayBuffer> {
  return data.subarray(index * side * side, (index + 1) * side * side);
}

/** Which source pixels a target pixel covers, and by how much: weights sum to 1. */
function coverage(from: number, to: number): { first: number; weights: number[] }[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * scale, Math.min(from, (i + 1) * scale)];
    const first = Math.floor(start);
    const weights: number[] = [];
    for (let pixel = first; pixel < end - 1e-9; pixel++) {
      weights.push((Math.min(end, pixel + 1) - Math.max(start, pixel)) / scale);
    }
    return { first, weights };
  });
}

/** A square picture averaged down to `to` × `to` pixels, each the mean of the area it covers (side ≥ to). */
export function averageDown(picture: Float32Array, side: number, to: number): Float32Array<ArrayBuffer> {
  if (side === to) return Float32Array.from(picture);
  if (to > side) throw new RangeError(`a picture of ${side} × ${side} pixels cannot be averaged to ${to} × ${to}`);
  const cells = coverage(side, to);
  const rows = new Float64Array(side * to);
  for (let y = 0; y < side; y++) {
    cells.forEach(({ first, weights }, x) => {
      rows[y * to + x] = weights.reduce(
        (sum, weight, i) => sum + weight * (picture[y * side + first + i] as number),
        0,
      );
    });
  }
  const result = new Float32Array(to * to);
  cells.forEach(({ first, weights }, y) => {
    for (let x = 0; x < to; x++) {
      result[y * to + x] = weights.reduce((sum, weight, i) => sum + weight * (rows[(first + i) * to + x] as number), 0);
    }
  });
  return result;
}

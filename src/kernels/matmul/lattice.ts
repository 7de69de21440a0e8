/** The tables of gathered-four.wgsl and packed.wgsl: where the rows, columns and terms of a product lie. */
import type { Gpu, GpuTable } from '../../gpu/index.ts';

/**
 * Index i of a table stands for three numbers, outer, middle and inner, that count like the digits of a clock; `u` and `v`
 * are the offsets it leads to: strides of the three numbers (which may be negative), then a start.
 */
export interface Lattice {
  count: number;
  middle: number;
  inner: number;
  u: readonly [number, number, number, number];
  v: readonly [number, number, number, number];
}

/**
 * A lattice of terms. They come in blocks of `block` outer numbers (1 if left out; the last block may be smaller), within
 * which the outer number runs fastest: so a convolution's terms run over four channels at each tap of its kernel.
 */
export type TermLattice = Lattice & { block?: number };

/** A stride as the unsigned number that has the same effect, because offsets wrap. */
export const wrapped = (stride: number): number => stride >>> 0;

/** A table whose index leads to multiples of two strides, those of the first after a start. */
export const line = (count: number, u: number, v: number, start = 0): Lattice => ({
  count,
  middle: 1,
  inner: 1,
  u: [u, 0, 0, start],
  v: [v, 0, 0, 0],
});

export interface Lattices {
  rows: Lattice;
  columns: Lattice;
  terms: TermLattice;
}

/** Pairs of offsets for rows, columns and terms, one after the other. They follow from the shapes alone. */
export function offsetTables(gpu: Gpu, lattices: Lattices): GpuTable {
  const { rows, columns, terms } = lattices;
  const numbers = [rows, columns, terms].flatMap(({ count, middle, inner, u, v }) => [
    count,
    middle,
    inner,
    ...u,
    ...v,
  ]);
  const key = `offsets ${numbers} ${terms.block ?? 1}`;
  return gpu.table(key, 'product offsets', () => offsetPairs(lattices));
}

/** The table's words, which wrap, so that strides may be negative. */
export function offsetPairs({ rows, columns, terms }: Lattices): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(2 * (rows.count + columns.count + terms.count));
  enterPairs(words, 0, rows, 1);
  enterPairs(words, rows.count, columns, 1);
  enterPairs(words, rows.count + columns.count, terms, terms.block ?? 1);
  return words;
}

function enterPairs(words: Uint32Array, first: number, { count, middle, inner, u, v }: Lattice, block: number): void {
  let at = 2 * first;
  const outers = count / (middle * inner);
  for (let start = 0; start < outers; start += block) {
    const end = Math.min(start + block, outers);
    for (let m = 0; m < middle; m++) {
      for (let i = 0; i < inner; i++) {
        for (let outer = start; outer < end; outer++) {
          words[at++] = outer * u[0] + m * u[1] + i * u[2] + u[3];
          words[at++] = outer * v[0] + m * v[1] + i * v[2] + v[3];
        }
      }
    }
  }
}

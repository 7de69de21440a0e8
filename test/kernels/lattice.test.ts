import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Lattices, line, offsetPairs } from '../../src/kernels/matmul/lattice.ts';

const test = suite('kernels.lattice');

/** Index i's offsets by division, as the definition of a lattice has it. */
function defined({ rows, columns, terms }: Lattices): number[] {
  const pairs: number[] = [];
  for (const { count, middle, inner, u, v, block = 1 } of [rows, columns, terms] as Lattices['terms'][]) {
    const area = middle * inner;
    for (let i = 0; i < count; i++) {
      const first = Math.floor(i / (block * area)) * block;
      const width = Math.min(block, count / area - first);
      const within = i - first * area;
      const tap = Math.floor(within / width);
      const digits = [first + (within % width), Math.floor(tap / inner), tap % inner, 1];
      for (const strides of [u, v]) pairs.push(digits.reduce((sum, n, d) => sum + n * (strides[d] as number), 0) >>> 0);
    }
  }
  return pairs;
}

test('tables count rows and columns like digits, terms in blocks of channels, and wrap', () => {
  const lattices: Lattices = {
    rows: line(3, 7, 11),
    columns: { count: 24, middle: 3, inner: 4, u: [1000, 100, 10, 1], v: [5, 4, 3, 2] },
    terms: { count: 42, middle: 2, inner: 3, u: [100, -10, -1, 8], v: [2 ** 31, 50, 60, -7], block: 4 },
  };
  const pairs = [...offsetPairs(lattices)];
  assert.equal(pairs, defined(lattices));
  assert.equal(pairs.slice(0, 8), [0, 0, 7, 11, 14, 22, 1, 2]);
  // The first block's four channels at the first tap, then at the second; the second block has three channels.
  const terms = pairs.slice(2 * 27).filter((_, i) => i % 2 === 0);
  assert.equal(terms.slice(0, 5), [8, 108, 208, 308, 7]);
  assert.equal(terms.slice(24, 28), [408, 508, 608, 407]);
});

test.run();

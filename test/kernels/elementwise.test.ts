import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addForward, binaryForward, broadcast } from '../../src/kernels/elementwise/binary.ts';
import { fill } from '../../src/kernels/elementwise/fill.ts';
import { unaryForward } from '../../src/kernels/elementwise/unary.ts';
import { reduceRange } from '../../src/kernels/reduce/range.ts';
import { reduceSum } from '../../src/kernels/reduce/sum.ts';
import { reluForward } from '../../src/kernels/relu/relu.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('kernels.elementwise');
const floats = (buffer: ArrayBuffer): number[] => [...new Float32Array(buffer)];

test('numbers of elements that are no multiple of four', async () => {
  const gpu = await testGpu();
  for (const n of [1, 2, 3, 4, 5, 7, 255, 257, 1025]) {
    const data = Float32Array.from({ length: n }, (_, i) => (i % 5) - 2.5);
    const x = gpu.upload(data);
    const [sum, squares, rectified] = [gpu.alloc(4 * n), gpu.alloc(4 * n), gpu.alloc(4 * n)];
    addForward(gpu, { a: x, b: x, y: sum, n });
    unaryForward(gpu, 'square', { x, y: squares, n });
    reluForward(gpu, { x, y: rectified, n });
    assert.equal(floats(await gpu.read(sum)), [...data.map((v) => 2 * v)]);
    assert.equal(floats(await gpu.read(squares)), [...data.map((v) => v * v)]);
    assert.equal(floats(await gpu.read(rectified)), [...data.map((v) => Math.max(v, 0))]);
    for (const buffer of [x, sum, squares, rectified]) buffer.release();
  }
});

test('more elements than 65,535 workgroups hold', async () => {
  const gpu = await testGpu();
  const n = 65535 * 256 + 1000; // of 256 a workgroup in products with one number, of 64 in sums of pairs
  const [x, y, factor] = [gpu.alloc(4 * n), gpu.alloc(4 * n), gpu.upload(new Float32Array([2]))];
  const [total, sums, range] = [gpu.alloc(4), gpu.alloc(2 * n), gpu.alloc(8)];
  fill(gpu, { y: x, n, value: 0.125 });
  gpu.write(x, new Float32Array([1.5]), 4 * (n - 1));
  gpu.write(x, new Float32Array([-1]), 4 * (n - 900));
  binaryForward(gpu, 'mul', { a: x, b: factor, y, shape: broadcast([n], [], [n]) });
  reduceSum(gpu, { x: y, y: total, outer: 1, n, inner: 1 });
  reduceSum(gpu, { x: y, y: sums, outer: n / 2, n: 2, inner: 1 });
  reduceRange(gpu, { x: y, range, rows: 1, n });
  const [sum = 0] = floats(await gpu.read(total));
  assert.ok(Math.abs(sum - (0.25 * (n - 2) + 1)) <= 1, `${sum}`);
  assert.equal(floats(await gpu.read(range)), [-2, 3]);
  const pairs = floats(await gpu.read(sums, 4 * 500, 4 * (n / 2 - 500)));
  assert.equal([pairs[49], pairs[50], pairs[51], pairs[499]], [0.5, -1.75, 0.5, 3.25]);
  for (const buffer of [x, y, factor, total, sums, range]) buffer.release();
});

test('operands repeated along separate axes', async () => {
  const gpu = await testGpu();
  const a = gpu.upload(Float32Array.from({ length: 2 * 3 * 2 }, (_, i) => i));
  const b = gpu.upload(Float32Array.from({ length: 4 * 5 }, (_, i) => 100 * i));
  const y = gpu.alloc(4 * 240);
  binaryForward(gpu, 'sub', { a, b, y, shape: broadcast([2, 1, 3, 1, 2], [1, 4, 1, 5, 1], [2, 4, 3, 5, 2]) });
  const expected: number[] = [];
  for (let i = 0; i < 240; i++) {
    const [e, d, c, row, outer] = [
      i % 2,
      Math.floor(i / 2) % 5,
      Math.floor(i / 10) % 3,
      Math.floor(i / 30) % 4,
      Math.floor(i / 120),
    ];
    expected.push((outer * 3 + c) * 2 + e - 100 * (row * 5 + d));
  }
  assert.equal(floats(await gpu.read(y)), expected);
  assert.throws(
    () => broadcast([2, 1, 2, 1, 2, 1], [1, 2, 1, 2, 1, 2], [2, 2, 2, 2, 2, 2]),
    /broadcast along 6 separate axes; at most 5/,
  );
  for (const buffer of [a, b, y]) buffer.release();
});

test('sums along inner, outer and middle axes', async () => {
  const gpu = await testGpu();
  const [outer, n, inner] = [3, 200, 5];
  const data = Float32Array.from({ length: outer * n * inner }, (_, i) => (i % 17) - 8);
  const x = gpu.upload(data);
  const y = gpu.alloc(4 * outer * inner);
  reduceSum(gpu, { x, y, outer, n, inner, scale: 0.5 });
  const expected = Array.from({ length: outer * inner }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += data[(Math.floor(at / inner) * n + k) * inner + (at % inner)] as number;
    return sum / 2;
  });
  assert.equal(floats(await gpu.read(y)), expected);
  x.release();
  y.release();
});

/** Σ x by a formula that float64 adds without error worth mentioning, and what the device makes of it. */
async function sums(outer: number, n: number, inner: number, scale: number) {
  const gpu = await testGpu();
  const data = Float32Array.from({ length: outer * n * inner }, (_, i) => 0.1 + (i % 1000) * 1e-3);
  const x = gpu.upload(data);
  const y = gpu.alloc(4 * outer * inner);
  reduceSum(gpu, { x, y, outer, n, inner, scale });
  const actual = floats(await gpu.read(y));
  x.release();
  y.release();
  const exact = new Float64Array(outer * inner);
  for (let o = 0, at = 0; o < outer; o++)
    for (let k = 0; k < n; k++)
      for (let i = 0; i < inner; i++) (exact[o * inner + i] as number) += (data[at++] as number) * scale;
  return { actual, errors: actual.map((value, i) => Math.abs(value / (exact[i] as number) - 1)) };
}

test('ten million terms are added as exactly as in pairs', async () => {
  for (const [outer, n, inner] of [
    [1, 10_000_000, 1],
    [2, 1_000_003, 5],
  ] as const) {
    const { errors } = await sums(outer, n, inner, 1);
    // Pairwise summation of n positive terms may lose log₂ n units of 2⁻²⁴, as a rule about two.
    assert.ok(Math.max(...errors) < 4 * 2 ** -24, `${Math.max(...errors)}`);
  }
  const { errors } = await sums(3, 70_001, 2, 1 / 70_001);
  assert.ok(Math.max(...errors) < 4 * 2 ** -24, `mean: ${Math.max(...errors)}`);
});

test('sums of lines that cannot be bound whole, and of rows that cannot be bound together', async () => {
  const gpu = await testGpu();
  const limit = gpu.bindingBytes;
  gpu.bindingBytes = 4096;
  try {
    for (const [outer, n, inner] of [
      [1, 10_007, 1],
      [3, 4096, 1],
      [2, 640, 5],
      [3, 1237, 1],
      [70, 37, 4],
    ] as const) {
      const { errors } = await sums(outer, n, inner, 0.5);
      assert.ok(Math.max(...errors) < 4 * 2 ** -24, `[${outer}, ${n}, ${inner}]: ${Math.max(...errors)}`);
    }
  } finally {
    gpu.bindingBytes = limit;
  }
});

test.run();

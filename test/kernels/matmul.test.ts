import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  linearForward,
  linearInputGradient,
  linearWeightGradient,
  type MatmulTile,
  matmul,
  matmulTiles,
} from '../../src/kernels/matmul/matmul.ts';
import { testGpu } from '../support/gpu.ts';
import { randomArray, relativeError, sameBits } from './convolution.ts';

const test = suite('kernels.matmul');

interface Sizes {
  batch: number;
  rows: number;
  depth: number;
  columns: number;
}

/** left · right + bias in double precision. */
function defined({ batch, rows, depth, columns }: Sizes, left: Float32Array, right: Float32Array, bias: Float32Array) {
  return Float32Array.from({ length: batch * rows * columns }, (_, i) => {
    const [j, row, b] = [i % columns, Math.floor(i / columns) % rows, Math.floor(i / (columns * rows))];
    let sum = bias[j] as number;
    for (let k = 0; k < depth; k++) {
      sum += (left[(b * rows + row) * depth + k] as number) * (right[(b * depth + k) * columns + j] as number);
    }
    return sum;
  });
}

/** Matrices [rows, columns], one after the other, each turned. */
function transposed(rows: number, columns: number, data: Float32Array): Float32Array {
  return data.map((_, i) => {
    const [row, column, b] = [i % rows, Math.floor(i / rows) % columns, Math.floor(i / (rows * columns))];
    return data[(b * rows + row) * columns + column] as number;
  });
}

interface Variant {
  transposeLeft?: boolean;
  transposeRight?: boolean;
  tile?: MatmulTile;
}

async function product(gpu: Gpu, sizes: Sizes, variant: Variant = {}): Promise<Float32Array> {
  const { batch, rows, depth, columns } = sizes;
  const [left, right, bias] = factors(sizes);
  const a = gpu.upload(variant.transposeLeft ? transposed(rows, depth, left) : left);
  const b = gpu.upload(variant.transposeRight ? transposed(depth, columns, right) : right);
  const c = gpu.upload(bias);
  const y = gpu.alloc(4 * batch * rows * columns);
  matmul(gpu, { left: a, right: b, bias: c, y, ...sizes, ...variant });
  const result = new Float32Array(await gpu.read(y));
  for (const buffer of [a, b, c, y]) buffer.release();
  return result;
}

function factors({ batch, rows, depth, columns }: Sizes): [Float32Array, Float32Array, Float32Array] {
  return [randomArray(batch * rows * depth, 0), randomArray(batch * depth * columns, 1), randomArray(columns, 2)];
}

const SIZES: Sizes[] = [
  { batch: 1, rows: 1, depth: 1, columns: 1 },
  { batch: 1, rows: 7, depth: 13, columns: 150 },
  { batch: 1, rows: 140, depth: 6, columns: 3 },
  { batch: 3, rows: 35, depth: 17, columns: 40 },
  { batch: 2, rows: 2, depth: 300, columns: 5 },
  { batch: 2, rows: 3, depth: 0, columns: 4 },
];

for (const sizes of SIZES) {
  const { batch, rows, depth, columns } = sizes;
  test(`${batch} × [${rows}, ${depth}] · [${depth}, ${columns}], in every transposition`, async () => {
    const gpu = await testGpu();
    const expected = defined(sizes, ...factors(sizes));
    for (const transposeLeft of [false, true]) {
      for (const transposeRight of [false, true]) {
        const error = relativeError(await product(gpu, sizes, { transposeLeft, transposeRight }), expected);
        assert.ok(error < 1e-6, `relative error ${error}, transposed: ${transposeLeft}, ${transposeRight}`);
      }
    }
  });
}

test('no tile changes a bit', async () => {
  const gpu = await testGpu();
  const sizes = { batch: 2, rows: 67, depth: 45, columns: 133 };
  const first = await product(gpu, sizes);
  const all = Object.values(matmulTiles(gpu));
  assert.ok(all.length >= 2);
  for (const tile of all) {
    assert.ok(sameBits(await product(gpu, sizes, { tile }), first), `differs by tile ${JSON.stringify(tile)}`);
  }
});

test('the linear layer and its gradients, which accumulate', async () => {
  const gpu = await testGpu();
  const shape = { batch: 5, inFeatures: 33, outFeatures: 9 };
  const [x, weight, bias, gy] = [randomArray(165, 0), randomArray(297, 1), randomArray(9, 2), randomArray(45, 3)];
  const [xs, weights, biases, gys] = [gpu.upload(x), gpu.upload(weight), gpu.upload(bias), gpu.upload(gy)];
  const [y, gx, gweight] = [gpu.alloc(180), gpu.alloc(660), gpu.upload(weight)];
  linearForward(gpu, { x: xs, weight: weights, bias: biases, y, shape });
  linearInputGradient(gpu, { gy: gys, weight: weights, gx, shape });
  linearWeightGradient(gpu, { x: xs, gy: gys, gweight, shape, accumulate: true });
  const zero = new Float32Array(33);
  const expected = [
    defined({ batch: 1, rows: 5, depth: 33, columns: 9 }, x, transposed(9, 33, weight), bias),
    defined({ batch: 1, rows: 5, depth: 9, columns: 33 }, gy, weight, zero),
    defined({ batch: 1, rows: 9, depth: 5, columns: 33 }, transposed(5, 9, gy), x, zero).map(
      (value, i) => value + (weight[i] as number),
    ),
  ];
  for (const [i, buffer] of [y, gx, gweight].entries()) {
    const error = relativeError(new Float32Array(await gpu.read(buffer)), expected[i] as Float32Array);
    assert.ok(error < 1e-6, `result ${i}: relative error ${error}`);
  }
  const empty = gpu.alloc(0);
  linearWeightGradient(gpu, { x: empty, gy: empty, gweight, shape: { ...shape, batch: 0 } });
  assert.ok(new Float32Array(await gpu.read(gweight)).every((value) => value === 0));
  for (const buffer of [xs, weights, biases, gys, y, gx, gweight, empty]) buffer.release();
});

test('sizes that are no sizes are refused', async () => {
  const gpu = await testGpu();
  const y = gpu.alloc(4);
  assert.throws(() => matmul(gpu, { left: y, right: y, y, rows: 1, depth: -1, columns: 1 }), /matmul: depth is -1/);
  assert.throws(() => matmul(gpu, { left: y, right: y, y, rows: 1.5, depth: 1, columns: 1 }), /matmul: rows is 1.5/);
  y.release();
});

/** Runs with a small binding limit, as if tensors were beyond the real one. */
async function withLimit<T>(
  gpu: Gpu,
  bytes: number,
  work: () => Promise<T>,
): Promise<{ result: T; dispatches: number }> {
  const [limit, before] = [gpu.bindingBytes, gpu.counts.dispatches];
  gpu.bindingBytes = bytes;
  try {
    return { result: await work(), dispatches: gpu.counts.dispatches - before };
  } finally {
    gpu.bindingBytes = limit;
  }
}

for (const [title, sizes] of [
  ['all tensors', { batch: 1, rows: 70, depth: 130, columns: 150 }],
  ['many rows', { batch: 1, rows: 1024, depth: 8, columns: 3 }],
  ['great depth', { batch: 1, rows: 128, depth: 512, columns: 128 }],
  ['many columns', { batch: 1, rows: 4, depth: 8, columns: 1536 }],
  ['a batch', { batch: 9, rows: 16, depth: 20, columns: 24 }],
] as const) {
  test(`beyond the binding limit: ${title}, in every transposition`, async () => {
    const gpu = await testGpu();
    const expected = defined(sizes, ...factors(sizes));
    for (const transposeLeft of [false, true]) {
      for (const transposeRight of [false, true]) {
        const run = () => product(gpu, sizes, { transposeLeft, transposeRight });
        const { result, dispatches } = await withLimit(gpu, 8192, run);
        const error = relativeError(result, expected);
        assert.ok(error < 2e-6, `${transposeLeft} ${transposeRight}: relative error ${error}`);
        assert.ok(dispatches > 1, 'it was not cut');
      }
    }
  });
}

test('long sums of like terms lose next to nothing, in every transposition', async () => {
  const gpu = await testGpu();
  const sizes = { batch: 1, rows: 2, depth: 100_003, columns: 3 };
  const [left, right] = [
    gpu.upload(new Float32Array(200_006).fill(0.1)),
    gpu.upload(new Float32Array(300_009).fill(0.1)),
  ];
  const y = gpu.upload(new Float32Array(6).fill(7));
  const expected = Math.fround(0.1) ** 2 * sizes.depth;
  for (const [transposeLeft, transposeRight, accumulate] of [
    [false, false, false],
    [true, false, true],
    [false, true, false],
  ] as const) {
    matmul(gpu, { left, right, y, ...sizes, transposeLeft, transposeRight, accumulate });
    const wanted = expected * (accumulate ? 2 : 1);
    for (const value of new Float32Array(await gpu.read(y)))
      assert.ok(Math.abs(value / wanted - 1) < 2e-5, `${value}, not ${wanted}`);
  }
  for (const buffer of [left, right, y]) buffer.release();
});

test('a linear layer whose weights are beyond the binding limit, forward and both gradients', async () => {
  const gpu = await testGpu();
  const shape = { batch: 5, inFeatures: 200, outFeatures: 300 };
  const drawn = (n: number, seed: number) => gpu.upload(randomArray(n, seed));
  const [x, weight, bias, gy] = [drawn(1000, 0), drawn(60_000, 1), drawn(300, 2), drawn(1500, 3)];
  const passes = async () => {
    const [y, gx, gweight] = [gpu.alloc(6000), gpu.alloc(4000), gpu.alloc(240_000)];
    linearForward(gpu, { x, weight, bias, y, shape });
    linearInputGradient(gpu, { gy, weight, gx, shape });
    linearWeightGradient(gpu, { x, gy, gweight, shape });
    linearWeightGradient(gpu, { x, gy, gweight, shape, accumulate: true });
    const results = await Promise.all([y, gx, gweight].map(async (each) => new Float32Array(await gpu.read(each))));
    for (const buffer of [y, gx, gweight]) buffer.release();
    return results as [Float32Array, Float32Array, Float32Array];
  };
  const whole = await passes();
  const { result: cut } = await withLimit(gpu, 65_536, passes);
  assert.ok(sameBits(cut[0], whole[0]), 'forward');
  assert.ok(relativeError(cut[1], whole[1]) < 1e-6, 'input gradient: sums of parts');
  assert.ok(sameBits(cut[2], whole[2]), 'weight gradient');
  for (const buffer of [x, weight, bias, gy]) buffer.release();
});

test.run();

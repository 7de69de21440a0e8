import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allocBits, packBits, unpackBits } from '../../src/kernels/bits/bits.ts';
import {
  binaryFillHoles,
  label,
  largestComponentBits,
  removeSmallObjects,
} from '../../src/kernels/components/label.ts';
import { exclusiveScan } from '../../src/kernels/scan/scan.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { casesOf, checkVolumeCase, elements, neighbours } from './volumes.ts';

const test = suite('label');

for (const name of await casesOf('label')) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { x }, params, y, shape }) => {
      if (!x) throw new Error(`${name} has no in.x`);
      label(gpu, { x: x.buffer, y, shape, connectivity: params.number('connectivity', shape.length) });
    }),
  );
}

for (const name of await casesOf('binary_fill_holes')) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { x }, y, shape }) => {
      if (!x) throw new Error(`${name} has no in.x`);
      binaryFillHoles(gpu, { x: x.buffer, y, shape });
    }),
  );
}

/** Voxels with values 1 … `values` in a share of the volume, 0 elsewhere. */
function noise(shape: readonly number[], share: number, values: number): Int32Array<ArrayBuffer> {
  const random = randomStream(1, 'label test', shape.join(), values);
  return Int32Array.from({ length: elements(shape) }, () =>
    random.uniform() < share ? 1 + Math.floor(values * random.uniform()) : 0,
  );
}

/** Labels by flooding one component after the other. */
function flooded(x: Int32Array, shape: readonly number[], connectivity: number): Int32Array {
  const labels = new Int32Array(x.length);
  let count = 0;
  for (const [seed, value] of x.entries()) {
    if (value === 0 || labels[seed] !== 0) continue;
    labels[seed] = ++count;
    const open = [seed];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const next of neighbours(shape, at, connectivity)) {
        if (x[next] !== value || labels[next] !== 0) continue;
        labels[next] = count;
        open.push(next);
      }
    }
  }
  return labels;
}

async function labelled(x: Int32Array, shape: readonly number[], connectivity: number): Promise<Int32Array> {
  const gpu = await testGpu();
  const [input, y] = [gpu.upload(x), gpu.alloc(4 * x.length)];
  label(gpu, { x: input, y, shape, connectivity });
  const result = new Int32Array(await gpu.read(y));
  input.release();
  y.release();
  return result;
}

for (const connectivity of [1, 2, 3]) {
  test(`noise in three dimensions, connectivity ${connectivity}: as flooded one by one`, async () => {
    for (const [shape, values] of [
      [[9, 11, 70], 1],
      [[5, 6, 32], 2],
      [[1, 7, 131], 1],
      [[13, 12, 3], 1],
    ] as const) {
      for (const share of [0.08, 0.3, 0.6]) {
        const x = noise(shape, share, values);
        assert.equal(
          await labelled(x, shape, connectivity),
          flooded(x, shape, connectivity),
          `${shape} ${share} ${values}`,
        );
      }
    }
  });
}

test('the largest component; the first of two of one size', async () => {
  const gpu = await testGpu();
  const shape = [3, 4, 40] as const;
  const x = new Int32Array(elements(shape));
  x.fill(1, 3, 9);
  x.fill(1, 80, 86);
  x.fill(1, 320, 323);
  const largest = async () => {
    const [input, bits, kept, y] = [
      gpu.upload(x),
      allocBits(gpu, shape),
      allocBits(gpu, shape),
      gpu.alloc(4 * x.length),
    ];
    packBits(gpu, { x: input, bits, shape, condition: '!= integer', limit: 0 });
    largestComponentBits(gpu, { x: bits, y: kept, shape, connectivity: 3 });
    unpackBits(gpu, { bits: kept, y, shape });
    const result = new Int32Array(await gpu.read(y));
    for (const buffer of [input, bits, kept, y]) buffer.release();
    return [...result.keys()].filter((voxel) => result[voxel] === 1);
  };
  assert.equal(await largest(), [3, 4, 5, 6, 7, 8]);
  x.fill(1, 86, 88);
  assert.equal(await largest(), [80, 81, 82, 83, 84, 85, 86, 87]);
  x.fill(0);
  assert.equal(await largest(), []);
});

test('objects below the size are removed', async () => {
  const gpu = await testGpu();
  const shape = [8, 9, 37];
  const x = noise(shape, 0.3, 1);
  const labels = flooded(x, shape, 2);
  const sizes = new Map<number, number>();
  for (const each of labels) sizes.set(each, (sizes.get(each) ?? 0) + 1);
  const expected = labels.map((each) => (each !== 0 && (sizes.get(each) ?? 0) >= 4 ? 1 : 0));
  assert.ok(expected.includes(1) && expected.some((kept, voxel) => kept === 0 && x[voxel] === 1));
  const [input, y] = [gpu.upload(x), gpu.alloc(4 * x.length)];
  removeSmallObjects(gpu, { x: input, y, shape, minSize: 4, connectivity: 2 });
  assert.equal(new Int32Array(await gpu.read(y)), expected);
  input.release();
  y.release();
});

test('prefix sums of every length', async () => {
  const gpu = await testGpu();
  for (const n of [1, 63, 64, 65, 4096, 4097, 300_001]) {
    const values = Uint32Array.from({ length: n }, (_, i) => (i * 7) % 5);
    const x = gpu.upload(values);
    exclusiveScan(gpu, { x, n });
    const expected = new Uint32Array(n);
    for (let i = 1; i < n; i++) expected[i] = (expected[i - 1] as number) + (values[i - 1] as number);
    assert.equal(new Uint32Array(await gpu.read(x)), expected, String(n));
    x.release();
  }
});

test('a connectivity beyond the axes is refused', async () => {
  const gpu = await testGpu();
  const x = gpu.alloc(64);
  assert.throws(() => label(gpu, { x, y: x, shape: [4, 4], connectivity: 3 }), /connectivity 3 with 2 axes/);
  x.release();
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { packBits } from '../../src/kernels/bits/bits.ts';
import { maskedMaxProjection, maxProjection } from '../../src/kernels/max_projection/max_projection.ts';
import { normalize } from '../../src/kernels/normalize/normalize.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { casesOf, checkVolumeCase, elements } from './volumes.ts';

const test = suite('projection');

for (const name of await casesOf('max_projection')) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { x }, params, y }) => {
      if (!x) throw new Error(`${name} has no in.x`);
      const [axis, start, stop] = [params.number('axis'), params.number('start'), params.number('stop')];
      maxProjection(gpu, { x: x.buffer, y, shape: x.shape, axis, start, stop });
    }),
  );
}

const values = (n: number, key: string) => {
  const random = randomStream(3, 'projection test', key);
  return Float32Array.from({ length: n }, () => random.normal(0, 500));
};

test('slices that do not exist are refused', async () => {
  const gpu = await testGpu();
  const x = gpu.alloc(64);
  assert.throws(
    () => maxProjection(gpu, { x, y: x, shape: [2, 2, 2], axis: 1, start: 1, stop: 3 }),
    /slices 1 to 3 of axis 1/,
  );
  assert.throws(() => maxProjection(gpu, { x, y: x, shape: [2, 2, 2], axis: 3 }), /axis 3/);
  x.release();
});

test('a line with NaN gives NaN, wherever in it that lies', async () => {
  const gpu = await testGpu();
  const [x, y] = [gpu.upload(Float32Array.of(1, Number.NaN, Number.NaN, 5, 3, 4)), gpu.alloc(8)];
  maxProjection(gpu, { x, y, shape: [3, 2, 1], axis: 0 });
  assert.ok(new Float32Array(await gpu.read(y)).every(Number.isNaN));
  maxProjection(gpu, { x, y, shape: [3, 2, 1], axis: 0, start: 2, stop: 3 });
  assert.equal(new Float32Array(await gpu.read(y)), Float32Array.of(3, 4));
  x.release();
  y.release();
});

test('a masked projection is the projection of the masked volume', async () => {
  const gpu = await testGpu();
  const shape = [4, 5, 37] as const;
  const volume = values(elements(shape), 'masked');
  const inside = Int32Array.from(values(volume.length, 'mask'), (value) => Number(value > 100));
  const [x, mask, bits, y] = [gpu.upload(volume), gpu.upload(inside), gpu.alloc(4 * 4 * 5 * 2), gpu.alloc(4 * 9 * 37)];
  packBits(gpu, { x: mask, bits, shape, condition: '!= integer', limit: 0 });
  const range = { start: 1, stop: 3, least: -50, outside: -1024 };
  maskedMaxProjection(gpu, { x, bits, y, firstRow: 0, shape, axis: 1, ...range });
  maskedMaxProjection(gpu, { x, bits, y, firstRow: 4, shape, axis: 0, ...range });
  const at = (i0: number, i1: number, i2: number) => {
    const voxel = (i0 * 5 + i1) * 37 + i2;
    return inside[voxel] === 1 && (volume[voxel] as number) >= -50 ? (volume[voxel] as number) : -1024;
  };
  const expected = Float32Array.from({ length: 9 * 37 }, (_, pixel) => {
    const [row, z] = [Math.floor(pixel / 37), pixel % 37];
    return row < 4 ? Math.max(at(row, 1, z), at(row, 2, z)) : Math.max(at(1, row - 4, z), at(2, row - 4, z));
  });
  assert.equal(new Float32Array(await gpu.read(y)), expected);
  for (const buffer of [x, mask, bits, y]) buffer.release();
});

test('pictures are clipped and scaled to [0, 1]; a level one becomes 0', async () => {
  const gpu = await testGpu();
  const scaled = async (data: Float32Array<ArrayBuffer>, least: number) => {
    const [x, y] = [gpu.upload(data), gpu.alloc(data.byteLength)];
    normalize(gpu, { x, y, n: data.length, least });
    const result = new Float32Array(await gpu.read(y));
    x.release();
    y.release();
    return result;
  };
  for (const n of [2, 64, 65, 5000, 50176]) {
    const data = values(n, 'picture');
    const [low, high] = [
      Math.max(
        -300,
        data.reduce((a, b) => Math.min(a, b)),
      ),
      data.reduce((a, b) => Math.max(a, b)),
    ];
    const result = await scaled(data, -300);
    data.forEach((value, i) => {
      const expected = (Math.min(Math.max(value, low), high) - low) / (high - low);
      assert.ok(Math.abs((result[i] as number) - expected) < 1e-6, `${n}: ${i}`);
    });
  }
  assert.equal([...(await scaled(Float32Array.of(7, 7, 7), -1024))], [0, 0, 0]);
  assert.equal([...(await scaled(Float32Array.of(-2000, -1500), -1024))], [0, 0]);
});

test.run();

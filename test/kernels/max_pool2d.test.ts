import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maxPool2dBackward, maxPool2dForward } from '../../src/kernels/max_pool2d/max_pool2d.ts';
import { pool2dShape } from '../../src/kernels/pooling.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('kernels.max_pool2d');

const PLAIN = { planes: 1, height: 4, width: 4, padding: [0, 0], dilation: [1, 1], ceilMode: false } as const;

test('NaN and infinities come out as they are, at the first place where they stand', async () => {
  const gpu = await testGpu();
  const { NaN: nan, NEGATIVE_INFINITY: low, POSITIVE_INFINITY: high } = Number;
  const data = [1, nan, 5, nan, low, low, low, low, 2, high, high, 3, -3, -1, -2, -1];
  const shape = pool2dShape('max_pool2d', { ...PLAIN, kernel: [1, 4], stride: [1, 4] });
  const [x, y, index] = [gpu.upload(new Float32Array(data)), gpu.alloc(16), gpu.alloc(16)];
  maxPool2dForward(gpu, { x, y, index, shape });
  assert.equal([...new Float32Array(await gpu.read(y))], [nan, low, high, -1]);
  assert.equal([...new Int32Array(await gpu.read(index))], [1, 4, 9, 13]);
  for (const buffer of [x, y, index]) buffer.release();
});

test('windows that do not fit are refused with the numbers', () => {
  const options = { ...PLAIN, kernel: [2, 2], stride: [1, 1] } as const;
  assert.throws(
    () => pool2dShape('pool', { ...options, padding: [2, 0] }),
    /padding 2 is more than half of kernel size 2 in dimension 0/,
  );
  assert.throws(
    () => pool2dShape('pool', { ...options, kernel: [1, 5] }),
    /kernel size 5 > padded input 4 in dimension 1/,
  );
  assert.throws(() => pool2dShape('pool', { ...options, stride: [1, 0] }), /stride 0 in dimension 1/);
  assert.throws(() => pool2dShape('pool', { ...options, dilation: [0, 1] }), /dilation 0 in dimension 0/);
  assert.throws(
    () => pool2dShape('pool', { ...options, dilation: [1, 4] }),
    /kernel size 5 > padded input 4 in dimension 1/,
  );
  assert.throws(
    () => pool2dShape('pool', { ...options, kernel: [9, 1], ceilMode: true }),
    /no window of 9 × 1 fits a picture of 4 × 4/,
  );
});

test('a dilated window that misses the picture has the maximum −∞ and sends no gradient', async () => {
  const gpu = await testGpu();
  const options = { ...PLAIN, height: 1, width: 2, kernel: [1, 2], stride: [1, 1] } as const;
  const shape = pool2dShape('max_pool2d', { ...options, padding: [0, 1], dilation: [1, 3] });
  const [x, y, index] = [gpu.upload(new Float32Array([3, 4])), gpu.alloc(4), gpu.alloc(4)];
  maxPool2dForward(gpu, { x, y, index, shape });
  assert.equal([...new Float32Array(await gpu.read(y))], [Number.NEGATIVE_INFINITY]);
  const [gy, gx] = [gpu.upload(new Float32Array([7])), gpu.upload(new Float32Array([9, 9]))];
  maxPool2dBackward(gpu, { gy, index, gx, shape });
  assert.equal([...new Float32Array(await gpu.read(gx))], [0, 0]);
  for (const buffer of [x, y, index, gy, gx]) buffer.release();
});

test.run();

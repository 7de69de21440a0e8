/** Tensors whose rows are taken a few at a time, because all cannot be bound at once: the same bits as in one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { batchSlices } from '../../src/kernels/slices.ts';
import { functional as F, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('kernels.slices');

test('rows are cut where they begin at multiples of 256 bytes, one at a time where they are too large', () => {
  assert.equal(batchSlices(10, [100, 60], 1000), [{ first: 0, count: 10 }]);
  assert.equal(batchSlices(10, [1024, 256], 3500), [
    { first: 0, count: 3 },
    { first: 3, count: 3 },
    { first: 6, count: 3 },
    { first: 9, count: 1 },
  ]);
  // 192-byte pictures begin at multiples of 256 bytes every fourth time only.
  assert.equal(batchSlices(10, [192], 1000).length, 3);
  assert.equal(batchSlices(10, [2048], 1000).length, 10);
});

const SHAPE = [6, 48, 8, 16];

const OPERATIONS: Record<string, (x: Tensor) => Tensor> = {
  maxPool2d: (x) => F.maxPool2d(x, 3, { stride: 2, padding: 1 }),
  avgPool2d: (x) => F.avgPool2d(x, 2),
  adaptiveAvgPool2d: (x) => F.adaptiveAvgPool2d(x, 1),
  nearest: (x) => F.interpolate(x, { size: [4, 8] }),
  bilinear: (x) => F.interpolate(x, { size: [12, 12], mode: 'bilinear' }),
  bicubic: (x) => F.interpolate(x, { size: [5, 9], mode: 'bicubic' }),
  cat: (x) => F.cat([x, F.square(x)], 1),
  'mul by a number a channel': (x) => F.mul(x, tensor(x.gpu, ramp(48), [48, 1, 1])),
  'sub of rows': (x) => F.sub(x, F.sum(x, { dim: 3, keepdim: true })),
  'div by a number': (x) => F.div(x, 3),
};

const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 50 - 1);

async function outcome(gpu: Gpu, fn: (x: Tensor) => Tensor): Promise<Uint32Array[]> {
  const x = tensor(gpu, ramp(6 * 48 * 8 * 16), SHAPE, { requiresGrad: true });
  const y = scope(() => {
    const y = fn(x);
    y.backward(tensor(gpu, ramp(y.size), y.shape));
    return y;
  });
  const values = await Promise.all([y.toArray(), (x.grad as Tensor).toArray()]);
  y.dispose();
  x.dispose();
  return values.map(({ buffer }) => new Uint32Array(buffer));
}

for (const [name, fn] of Object.entries(OPERATIONS)) {
  test(`${name}: a few rows at a time`, async () => {
    const gpu = await testGpu();
    const limit = gpu.bindingBytes;
    const before = gpu.counts.dispatches;
    const whole = await outcome(gpu, fn);
    const dispatches = gpu.counts.dispatches - before;
    gpu.bindingBytes = 2 ** 15; // of 147,456 bytes of x
    const parts = await outcome(gpu, fn).finally(() => {
      gpu.bindingBytes = limit;
    });
    assert.ok(gpu.counts.dispatches - before > 4 * dispatches, 'nothing was cut');
    assert.equal(parts, whole);
  });
}

test.run();

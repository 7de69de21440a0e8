/** Tensors larger than what is bound at once: the same bits as of a device that binds them whole. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { functional as F, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { halfSuite } from '../support/half.ts';

const test = suite('nn beyond the binding limit');
const half = halfSuite('nn beyond the binding limit, 16 bits');

const LIMIT = 16_384;

const SHAPE = [48, 16, 20] as const; // 61,440 bytes

const OPERATIONS: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
  softmax: (x) => F.softmax(x, -1),
  'softmax along a middle axis': (x) => F.softmax(x, 1),
  'log_softmax of lines together': (x) => F.logSoftmax(F.reshape(x, [48, 320]), 1),
  layer_norm: (x, w) => F.layerNorm(x, [20], { weight: w, bias: w }),
  'max of rows': (x) => F.max(x, { dim: 2 }).values,
  'max along a middle axis': (x) => F.max(x, { dim: 1 }).values,
  sum: (x) => F.sum(x, { dim: [0, 2] }),
  'permute: the batch stays': (x) => F.permute(x, [0, 2, 1]),
  'permute: the batch last': (x) => F.permute(x, [1, 2, 0]),
  slice: (x) => F.slice(x, [{ start: 1, stop: 47, step: 2 }, null, { start: 3 }]),
  'slice of rows': (x) => F.slice(x, [{ start: 2 }]),
  pad: (x) => F.pad(x, [1, 2, 0, 3], { value: 0.5 }),
  'pad of the batch': (x) => F.pad(x, [0, 0, 0, 0, 3, 1]),
  expand: (x) => F.expand(F.slice(x, [{ start: 0, stop: 1 }]), [60, 16, 20]),
  cat: (x) => F.cat([x, x], 1),
  adaptive_avg_pool2d: (x) => F.adaptiveAvgPool2d(F.reshape(x, [12, 4, 16, 20]), [4, 8]),
  interpolate: (x) => F.interpolate(F.reshape(x, [12, 4, 16, 20]), { size: [9, 31], mode: 'bilinear' }),
  attention: (x) => F.scaledDotProductAttention(x, x, x, { isCausal: true }),
};

const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

/** Sums over what is cut are sums of parts. */
function near(a: Float32Array, b: Float32Array): void {
  assert.is(a.length, b.length);
  for (const [i, value] of a.entries()) assert.ok(Math.abs(value - (b[i] as number)) < 1e-4, `element ${i}`);
}

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(name, async () => {
    const gpu = await testGpu();
    const random = randomStream(7, 'beyond the binding limit');
    const drawn = (n: number) => Float32Array.from({ length: n }, () => random.normal(0, 1));
    const [values, weights] = [drawn(SHAPE[0] * SHAPE[1] * SHAPE[2]), drawn(20)];
    const run = async () => {
      const x = tensor(gpu, values, SHAPE, { requiresGrad: true });
      const w = tensor(gpu, weights, [20], { requiresGrad: true });
      const y = scope(() => operation(x, w));
      const gy = tensor(
        gpu,
        Float32Array.from({ length: y.size }, (_, i) => Math.sin(i)),
        y.shape,
      );
      y.backward(gy);
      const results = [await y.toArray(), await x.grad?.toArray(), await w.grad?.toArray()];
      for (const each of [x, w, y, gy]) each.dispose();
      return results as [Float32Array, Float32Array, Float32Array | undefined];
    };
    const dispatches = () => gpu.counts.dispatches;
    const [start, whole] = [dispatches(), await run()];
    const [middle, limit] = [dispatches(), gpu.bindingBytes];
    gpu.bindingBytes = LIMIT;
    const parts = await run().finally(() => {
      gpu.bindingBytes = limit;
    });
    assert.ok(dispatches() - middle > middle - start, 'nothing was cut');
    assert.ok(sameBits(parts[0], whole[0]), 'forward');
    if (name === 'expand') near(parts[1], whole[1]);
    else assert.ok(sameBits(parts[1], whole[1]), 'gradient');
    if (parts[2] && whole[2]) near(parts[2], whole[2]);
  });
}

half('16-bit numbers, an odd number of them in the last part', async (gpu) => {
  const random = randomStream(8, 'beyond the binding limit, 16 bits');
  const x = tensor(
    gpu,
    Float32Array.from({ length: 21 * 33 * 35 }, () => random.normal(0, 1)),
    [21, 33, 35],
  ).to('f16');
  const run = () => [
    F.slice(x, [{ start: 1, stop: 20 }, null, { start: 2 }]),
    F.pad(x, [1, 1, 0, 1]),
    F.permute(x, [0, 2, 1]),
    F.permute(x, [2, 1, 0]),
    F.softmax(x, -1),
  ];
  const whole = run();
  const limit = gpu.bindingBytes;
  for (const bytes of [8192, LIMIT]) {
    gpu.bindingBytes = bytes;
    let parts: Tensor[] = [];
    try {
      parts = run();
    } finally {
      gpu.bindingBytes = limit;
    }
    for (const [i, part] of parts.entries()) {
      assert.ok(sameBits(await part.toArray(), (await whole[i]?.toArray()) ?? new Float32Array()), `${i}, ${bytes}`);
      part.dispose();
    }
  }
  for (const each of [x, ...whole]) each.dispose();
});

test('a walk of which one index is too much is refused with its numbers', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, new Float32Array(64 * 65), [64, 65]);
  const limit = gpu.bindingBytes;
  gpu.bindingBytes = 256;
  try {
    assert.throws(() => F.permute(x, [1, 0]), /shape \[65, 64\] is walked in steps of \[1, 65\] .* 256 bytes/);
  } finally {
    gpu.bindingBytes = limit;
    x.dispose();
  }
});

test.run();
half.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { functional as F, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';
import { differences } from './finite-differences.ts';

const test = suite('nn.operations');

const wave = (n: number) => Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + 0.4));

async function values(fn: () => Tensor): Promise<number[]> {
  const y = scope(fn);
  const result = [...(await y.toArray())];
  y.dispose();
  return result;
}

/** Operations that come after axes were turned, cut and padded: they must see values and gradients in the new order. */
const chains: Record<string, (x: Tensor) => Tensor> = {
  'permute, then a sum along an axis': (x) => F.square(F.sum(F.permute(x, [2, 0, 1]), { dim: 1 })),
  'slice, then a product with the rest': (x) =>
    F.matmul(F.slice(x, [null, { start: 1 }]), F.permute(F.slice(x, [null, { stop: -1 }]), [0, 2, 1])),
  'permute, then convolution': (x) =>
    F.conv2d(F.reshape(F.permute(x, [2, 1, 0]), [1, 4, 3, 2]), F.reshape(x, [2, 4, 3, 1]), { padding: 'same' }),
  'pad, then softmax': (x) => F.square(F.softmax(F.pad(x, [1, -1, 0, 2]), 1)),
  'slice with a step, then layer norm': (x) => F.square(F.layerNorm(F.slice(x, [null, { step: 2 }]), [2, 4])),
  'expand, then an elementwise product': (x) => F.mul(F.expand(F.slice(x, [{ stop: 1 }]), [2, 3, 4]), x),
  'attention of turned tensors': (x) =>
    F.scaledDotProductAttention(F.permute(x, [0, 2, 1]), F.permute(x, [0, 2, 1]), F.gelu(F.permute(x, [0, 2, 1])), {
      isCausal: true,
    }),
  'a tensor on both sides of a product': (x) => F.matmul(x, F.permute(x, [0, 2, 1])),
};

for (const [name, fn] of Object.entries(chains)) {
  test(`${name}: gradient against finite differences`, async () => {
    const gpu = await testGpu();
    const { analytic, numeric } = await differences(gpu, wave(24), [2, 3, 4], fn);
    assert.ok(analytic.some((g) => Math.abs(g) > 0.01));
    for (const [i, g] of analytic.entries()) {
      assert.ok(Math.abs(g - (numeric[i] as number)) < 5e-3 * (1 + Math.abs(g)), `${i}: ${g} against ${numeric[i]}`);
    }
  });
}

test('all that operations allocate is given back', async () => {
  const gpu = await testGpu();
  const before = gpu.memory.inUse;
  scope(() => {
    for (const fn of Object.values(chains)) {
      const x = tensor(gpu, wave(24), [2, 3, 4], { requiresGrad: true });
      const { values: most } = F.max(fn(x), { dim: -1 });
      F.add(F.max(F.logSoftmax(most, -1)), F.mean(F.interpolate(F.reshape(x, [1, 2, 3, 4]), { size: 5 }))).backward();
    }
    const x = tensor(gpu, wave(24), [1, 2, 3, 4], { requiresGrad: true });
    const weight = tensor(gpu, wave(16), [2, 2, 2, 2], { requiresGrad: true });
    F.sum(F.convTranspose2d(x, weight, { bias: tensor(gpu, [1, 2]), stride: 2 })).backward();
  });
  await gpu.finish();
  assert.is(gpu.memory.inUse, before);
});

test('max: the first of equal ones, places as integers, NaN above all', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1, 5, 5, 2, Number.NaN, 7, Number.NaN, 0], [2, 4]);
  const { values: most, indices } = x.max({ dim: 1 });
  assert.equal([...(await most.toArray())], [5, Number.NaN]);
  assert.equal([...(await indices.toArray<Int32Array>())], [1, 0]);
  assert.is(indices.dtype, 'i32');
  for (const each of [x, most, indices]) each.dispose();
});

test('max: the gradient of the greatest of all is shared by equal ones', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [3, 1, 3, 3, 0, 2], [2, 3], { requiresGrad: true });
  scope(() => x.max().mul(6).backward());
  assert.equal([...((await x.grad?.toArray()) ?? [])], [2, 0, 2, 2, 0, 0]);
  x.dispose();
});

test('softmax: −∞ has no share, a line of nothing else none to give', async () => {
  const gpu = await testGpu();
  const none = Number.NEGATIVE_INFINITY;
  const shares = await values(() => F.softmax(tensor(gpu, [1, none, 1, none, none, none], [2, 3]), 1));
  assert.equal(shares, [0.5, 0, 0.5, Number.NaN, Number.NaN, Number.NaN]);
  const attended = await values(() => {
    const [one, mask] = [tensor(gpu, [1, 2], [2, 1]), tensor(gpu, [none, none, 0, none], [2, 2])];
    return F.scaledDotProductAttention(one, one, one, { mask });
  });
  assert.equal(attended, [0, 1]);
});

test('gelu and softplus to the last digits, also where little is left', async () => {
  const gpu = await testGpu();
  const inputs = [-9, -5, -2, -0.5, 0, 1e-3, 0.5, 2, 5, 40];
  const tail = [
    -1.0157296e-18, -1.4332579e-6, -0.045500264, -0.15426877, 0, 5.0039894e-4, 0.34573123, 1.9544997, 4.9999986, 40,
  ];
  const gelu = await values(() => F.gelu(tensor(gpu, inputs)));
  for (const [i, value] of gelu.entries())
    assert.ok(Math.abs(value - (tail[i] ?? 0)) <= 4e-6 * Math.abs(tail[i] ?? 0), `${value}`);
  const softplus = await values(() => F.softplus(tensor(gpu, inputs), { beta: 2 }));
  for (const [i, value] of softplus.entries()) {
    const x = inputs[i] as number;
    const wanted = Math.log1p(Math.exp(2 * x)) / 2;
    assert.ok(Math.abs(value - wanted) <= 4e-6 * wanted, `softplus(${x}) = ${value}, not ${wanted}`);
  }
});

test('more elements than 65,535 workgroups take, along every way of walking', async () => {
  const gpu = await testGpu();
  const [rows, columns] = [4, 4_200_000];
  const x = F.permute(
    scope(() => F.expand(tensor(gpu, [1, 2, 3, 4], [4, 1]), [rows, columns])),
    [1, 0],
  );
  const cut = F.slice(x, [{ start: -2 }, null]);
  const total = scope(() => F.sum(x));
  assert.equal([...(await cut.toArray())], [1, 2, 3, 4, 1, 2, 3, 4]);
  assert.is(await total.item(), 10 * columns);
  for (const each of [x, cut, total]) each.dispose();
});

test('what does not fit is refused with the numbers', async () => {
  const gpu = await testGpu();
  scope(() => {
    const [a, b] = [tensor(gpu, wave(6), [2, 3]), tensor(gpu, wave(8), [2, 4])];
    const picture = tensor(gpu, wave(16), [1, 1, 4, 4]);
    assert.throws(() => F.matmul(a, b), /matmul: \[2, 3\] and \[2, 4\] do not fit: the last axis of the first \(3\)/);
    assert.throws(() => F.matmul(a, F.mean(b)), /\[2, 3\] and \[\] do not fit/);
    assert.throws(() => F.permute(a, [0, 0]), /permute: \[0, 0\] must name each of the 2 axes of \[2, 3\] once/);
    assert.throws(() => F.expand(a, [2, 6]), /\[2, 3\] and \[2, 6\] do not broadcast/);
    assert.throws(() => F.expand(a, [3]), /\[2, 3\] cannot be repeated to \[3\]/);
    assert.throws(() => F.slice(a, [{ step: 0 }]), /step 0 on axis 0; .* the step at least 1/);
    assert.throws(() => F.slice(a, [null, null, null]), /3 ranges for the 2 axes of \[2, 3\]/);
    assert.throws(() => F.pad(a, [1, -5]), /\[1, -5\] cuts more from \[2, 3\] than there is/);
    assert.throws(() => F.pad(a, [1]), /\[1\] must be pairs of whole numbers/);
    assert.throws(() => F.softmax(a, 2), /no axis 2 in a tensor of 2 axes/);
    assert.throws(() => F.layerNorm(a, 4), /its last axes must be \[4\]/);
    assert.throws(() => F.max(tensor(gpu, [], [0, 3])), /an axis of \[0, 3\] is empty/);
    assert.throws(() => F.interpolate(picture, {}), /either size or scaleFactor/);
    assert.throws(
      () => F.interpolate(picture, { size: 70_000 }),
      /to \[70000, 70000\] pixels; sizes must be .* to 65535/,
    );
    assert.throws(() => F.conv2d(picture, picture, { padding: 'same', stride: 2 }), /"same" with a stride of 2/);
    assert.throws(() => F.convTranspose2d(picture, picture, { outputPadding: 1 }), /output padding 1 in dimension 0/);
    assert.throws(() => F.convTranspose2d(picture, picture, { padding: 9 }), /the result would have -11 pixels/);
    assert.throws(() => F.softplus(a, { beta: 0 }), /beta 0, threshold 20/);
  });
});

test.run();

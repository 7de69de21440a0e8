import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  functional as F,
  full,
  keep,
  Linear,
  noGrad,
  operation,
  optim,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';
import { differences } from './finite-differences.ts';

const test = suite('nn.autograd');
const values = async (x: Tensor | null | undefined): Promise<number[]> => [...((await x?.toArray()) ?? [])];

test('gradients of a tensor used twice add up, and again in a second pass', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1, -2, 3], [3], { requiresGrad: true });
  const pass = () => scope(() => F.sum(F.add(F.mul(x, x), F.mul(x, 5))).backward());
  pass();
  assert.equal(await values(x.grad), [7, 1, 11]);
  pass();
  assert.equal(await values(x.grad), [14, 2, 22]);
  x.zeroGrad();
  assert.is(x.grad, null);
  x.dispose();
});

test('x + x gives each leaf a gradient of its own', async () => {
  const gpu = await testGpu();
  const [a, b] = [tensor(gpu, [1, 2], [2], { requiresGrad: true }), tensor(gpu, [3, 4], [2], { requiresGrad: true })];
  scope(() => F.add(a, b).backward(tensor(gpu, [1, 10])));
  scope(() => F.add(a, a).backward(tensor(gpu, [1, 1])));
  assert.equal(await values(a.grad), [3, 12]);
  assert.equal(await values(b.grad), [1, 10]);
  a.dispose();
  b.dispose();
});

test('contents that were overwritten between forward and backward are named', async () => {
  const gpu = await testGpu();
  const layer = new Linear(gpu, 2, 1).initialise(1);
  const optimizer = new optim.SGD(layer.namedParameters(), { lr: 1 });
  const x = tensor(gpu, [[2, 3]], { requiresGrad: true });
  const y = F.sum(layer.forward(x));
  F.sum(layer.forward(x)).backward();
  optimizer.step();
  assert.throws(() => y.backward(), /backward through "linear": the parameter of 8 bytes .* was overwritten since/);
  const z = F.sum(F.square(x));
  x.write(Float32Array.of(1, 1));
  assert.throws(() => z.backward(), /backward through "square": the tensor of 8 bytes .* was overwritten since/);
  x.zeroGrad();
  F.sum(F.square(x)).backward();
  assert.equal(await values(x.grad), [2, 2]);
  for (const each of [optimizer, layer, x, y, z]) each.dispose();
});

test('an asynchronous function without gradients is refused', () => {
  assert.throws(() => noGrad(async () => 1), /noGrad: its function is asynchronous/);
});

test('a scope frees what was made in it, a graph keeps what it needs, and nothing is left in the end', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, new Float32Array(5000).fill(2), [5000], { requiresGrad: true });
  const before = gpu.memory.inUse;
  const hidden: Tensor[] = [];
  const y = scope(() => {
    hidden.push(F.square(x));
    return F.sum(F.sqrt(F.add(hidden[0] as Tensor, 0)));
  });
  assert.throws(() => hidden[0]?.buffer, /used after it was disposed of/);
  assert.ok(gpu.memory.inUse > before + 4 * 5000);
  y.backward();
  assert.equal((await values(x.grad)).slice(0, 2), [1, 1]);
  assert.throws(() => y.backward(), /a second time/);
  y.dispose();
  x.zeroGrad();
  assert.is(gpu.memory.inUse, before);
  scope(() => {
    F.sum(F.square(x));
  });
  assert.is(gpu.memory.inUse, before);
  x.dispose();
});

test('scopes pass on what is returned, in objects too, and spare what is kept', async () => {
  const gpu = await testGpu();
  const before = gpu.memory.inUse;
  let kept: Tensor | undefined;
  scope(() => {
    const { y, pair } = scope(() => {
      kept = keep(full(gpu, [3], 1));
      return { y: full(gpu, [3], 2), pair: [full(gpu, [3], 3)] };
    });
    assert.not(y.disposed || pair[0]?.disposed);
  });
  assert.not(kept?.disposed);
  kept?.dispose();
  assert.is(gpu.memory.inUse, before);
  assert.throws(() => scope(async () => full(gpu, [1], 1)), /asynchronous/);
  assert.throws(
    () =>
      scope(() => {
        full(gpu, [1 << 20], 1);
        throw new Error('inside');
      }),
    /inside/,
  );
  assert.is(gpu.memory.inUse, before);
});

test('noGrad and detach cut the graph', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [2], [1], { requiresGrad: true });
  const y = noGrad(() => F.square(x));
  assert.is(y.requiresGrad, false);
  assert.throws(() => y.backward(), /no input of this result requires a gradient/);
  scope(() => F.mul(F.square(x).detach(), x).backward());
  assert.equal(await values(x.grad), [4]);
  x.dispose();
  y.dispose();
});

test('retainGrad keeps the gradient of an intermediate result', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [3], [1], { requiresGrad: true });
  const y = F.square(x).retainGrad();
  scope(() => F.square(y).backward());
  assert.equal(await values(y.grad), [18]);
  assert.equal(await values(x.grad), [108]);
  x.dispose();
  y.dispose();
});

test('long chains neither overflow the stack nor lose a gradient', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1], [1], { requiresGrad: true });
  const chain = () =>
    scope(() => {
      let y: Tensor = x;
      for (let i = 0; i < 3000; i++) y = F.add(y, x);
      return y;
    });
  const y = chain();
  y.backward();
  assert.equal(await values(x.grad), [3001]);
  chain().dispose();
  x.dispose();
  y.dispose();
});

test('an operation of one’s own has a gradient', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1, 2, 3], [3], { requiresGrad: true });
  const copied = (input: Tensor) =>
    operation(F.mul(input.detach(), 1), { name: 'copied', inputs: [input], backward: (gy) => [gy.retain()] });
  scope(() => F.sum(F.mul(copied(x), 4)).backward());
  assert.equal(await values(x.grad), [4, 4, 4]);
  x.dispose();
});

test('mistakes are named with their shapes', async () => {
  const gpu = await testGpu();
  scope(() => {
    const [a, b] = [full(gpu, [2, 3], 1), full(gpu, [4], 1)];
    assert.throws(() => F.add(a, b), /add: shapes \[2, 3\] and \[4\] do not broadcast \(axis 1: 3 and 4\)/);
    assert.throws(() => F.reshape(a, [4, -1]), /reshape: \[2, 3\] with 6 elements does not fill \[4, -1\]/);
    assert.throws(() => F.linear(a, full(gpu, [5, 4], 1)), /last axis of x \[2, 3\] must have the 4 features/);
    assert.throws(() => F.conv2d(a, b), /x has shape \[2, 3\]; it must have 4 axes/);
    assert.throws(() => F.sum(a, { dim: 2 }), /no axis 2 in a tensor of 2 axes/);
    assert.throws(() => F.adaptiveAvgPool2d(full(gpu, [1, 1, 1, 65536], 0), 1), /from 1 × 65536 .* 1 to 65535/);
    assert.throws(() => F.relu(tensor(gpu, new Int32Array(2))), /x holds i32; it must hold f32/);
    assert.throws(() => tensor(gpu, [1, 2, 3], [2]), /shape \[2\] has 2 elements, the data 3/);
    assert.throws(() => F.maxPool2d(full(gpu, [1, 1, 2, 2], 1), 3), /kernel size 3 > padded input 2 in dimension 0/);
    const batchNorm = { weight: b, bias: b, runningMean: b, runningVar: b, training: true };
    assert.throws(
      () => F.batchNorm(full(gpu, [1, 4, 1, 1], 1), batchNorm),
      /one value a channel; training needs at least two/,
    );
  });
});

const wave = (n: number, offset: number) =>
  Array.from({ length: n }, (_, i) => 0.3 + Math.abs(Math.sin(i * 1.7 + offset)));
const unary: Record<string, (x: Tensor) => Tensor> = {
  neg: F.neg,
  abs: F.abs,
  square: F.square,
  sqrt: F.sqrt,
  exp: F.exp,
  log: F.log,
  sigmoid: F.sigmoid,
  tanh: F.tanh,
  softplus: F.softplus,
};
const composed: Record<string, (x: Tensor) => Tensor> = {
  'sub and div, broadcast both ways': (x) =>
    F.div(F.sub(x, F.mean(x, { dim: 1, keepdim: true })), F.add(F.sum(x, { dim: 0 }), 2)),
  'sum over outer and inner axes': (x) => F.square(F.sum(F.reshape(x, [2, 2, 3]), { dim: [0, 2] })),
  'mean over a middle axis': (x) => F.square(F.mean(F.reshape(x, [2, 3, 2]), { dim: -2 })),
  gaussianNll: (x) =>
    F.gaussianNll(F.reshape(x, [6, 2]), tensor(x.gpu, [0.1, -0.4, 0.9, 2, -1, 0]), { reduction: 'none' }),
};

for (const [name, fn] of Object.entries({ ...unary, ...composed })) {
  test(`${name}: gradient against finite differences`, async () => {
    const gpu = await testGpu();
    const { analytic, numeric } = await differences(gpu, wave(12, name.length), [4, 3], fn);
    for (const [i, g] of analytic.entries()) {
      assert.ok(Math.abs(g - (numeric[i] as number)) < 2e-3 * (1 + Math.abs(g)), `${i}: ${g} against ${numeric[i]}`);
    }
  });
}

test('values of functions of one number', async () => {
  const gpu = await testGpu();
  const inputs = [-30, -3, -0.5, 0, 0.5, 3, 30];
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const expected: [(x: Tensor) => Tensor, (x: number) => number][] = [
    [F.tanh, Math.tanh],
    [F.sigmoid, (x) => 1 / (1 + Math.exp(-x))],
    [F.softplus, softplus],
    [F.abs, Math.abs],
    [F.exp, Math.exp],
  ];
  for (const [fn, reference] of expected) {
    const y = scope(() => fn(tensor(gpu, inputs)));
    const actual = await y.toArray();
    inputs.forEach((x, i) => {
      const want = reference(x);
      assert.ok(
        Math.abs((actual[i] as number) - want) <= 1e-6 + 1e-5 * Math.abs(want),
        `${fn.name}(${x}) = ${actual[i]}, not ${want}`,
      );
    });
    y.dispose();
  }
});

test('a sum of two million numbers is as exact as pairwise summation', async () => {
  const gpu = await testGpu();
  const n = 2_000_003;
  const data = new Float32Array(n).map((_, i) => Math.fround(0.1 + (i % 1000) * 1e-3));
  let exact = 0;
  for (const value of data) exact += value;
  const y = scope(() => F.sum(tensor(gpu, data)));
  const [zero] = await values(scope(() => F.sum(full(gpu, [0, 4], 1))));
  assert.ok(Math.abs((await y.item()) - exact) < 3e-7 * exact, `${await y.item()} against ${exact}`);
  assert.is(zero, 0);
  y.dispose();
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../src/gpu/index.ts';
import {
  arange,
  Conv2d,
  functional as F,
  full,
  Linear,
  type Nested,
  oneHot,
  ones,
  rand,
  randn,
  scope,
  Tensor,
  tensor,
  zeros,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.tensor');

test('nested numbers give shape and elements, and come back nested', async () => {
  const gpu = await testGpu();
  const cases: [data: Nested, shape: number[]][] = [
    [7, []],
    [[], [0]],
    [[1, 2, 3], [3]],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
    ],
    [
      [
        [[1], [2]],
        [[3], [4]],
        [[5], [6]],
      ],
      [3, 2, 1],
    ],
  ];
  for (const [data, shape] of cases) {
    const x = tensor(gpu, data);
    assert.equal(x.shape, shape);
    assert.equal(await x.toNested(), data);
    x.dispose();
  }
  const x = tensor(gpu, Int32Array.of(1, -2, 3, -4), [2, 2]);
  assert.equal(await x.toNested(), [
    [1, -2],
    [3, -4],
  ]);
  x.dispose();
});

test('uneven lists and strange contents are refused with their place', async () => {
  const gpu = await testGpu();
  const refused = (data: unknown, message: RegExp) => assert.throws(() => tensor(gpu, data as number[]), message);
  refused([[1, 2], [3]], /\[1\] has 1 elements where 2 are expected/);
  refused([[1, 2], 3], /\[1\] is a number where 2 elements are expected/);
  refused([1, [2]], /\[1\] is a list where a number is expected/);
  refused([[1, 'a']], /\[0\]\[1\] is a string where a number is expected/);
  refused(['a'], /\[0\] is a string where a number is expected; it takes numbers, lists of them, Float32Array/);
  refused([null], /\[0\] is null where a number is expected/);
  refused(undefined, /the data is undefined where a number is expected/);
  refused(new Set([1]), /the data is an object where a number is expected/);
  refused(new Float64Array(2), /a Float64Array; .*Float32Array\.from/);
  assert.throws(() => tensor(gpu, [1, 2], 2 as never), /shape is 2; it must be a list of sizes such as \[2, 3\]/);
});

test('options count whether or not a shape is given', async () => {
  const gpu = await testGpu();
  const options = { requiresGrad: true };
  const made = [tensor(gpu, [1], options), tensor(gpu, [1], [1], options), tensor(gpu, [1], undefined, options)];
  for (const each of made) {
    assert.ok(each.requiresGrad);
    each.dispose();
  }
});

test('without a device the one that is open is meant, and mistakes in opening one are named', async () => {
  const gpu = await testGpu();
  const made = [tensor([[1, 2]], { requiresGrad: true }), full([2], 3), zeros([1]), ones([2, 2]), arange(0, 3)];
  assert.ok(made.every((each) => each.gpu === gpu));
  assert.ok(made[0]?.requiresGrad);
  assert.throws(() => zeros(openGpu as never), /shape/);
  const promise = openGpu();
  assert.throws(() => tensor(promise as never, [1]), /the device is a promise: write `await openGpu\(\)`/);
  const other = await promise;
  const [near, far] = [tensor([1]), tensor(other, [1])];
  assert.ok(near.gpu === gpu && far.gpu === other);
  assert.throws(() => F.add(near, far), /different devices/);
  other.close();
  for (const each of [...made, near]) each.dispose();
});

test('functions are methods', async () => {
  const gpu = await testGpu();
  const missing = Object.keys(F).filter((name) => name !== 'cat' && !(name in Tensor.prototype));
  assert.equal(missing, []);
  const y = scope(() =>
    tensor(gpu, [
      [1, -2],
      [3, -4],
    ])
      .relu()
      .mul(2)
      .sum({ dim: 1 })
      .reshape([1, 2]),
  );
  assert.equal(await y.toNested(), [[2, 6]]);
  y.dispose();
});

test('random numbers follow from seed and place', async () => {
  const gpu = await testGpu();
  const values = async (make: () => Tensor) => {
    const x = make();
    const array = await x.toArray();
    x.dispose();
    return array;
  };
  const normal = await values(() => randn(gpu, [50, 40], { seed: 3 }));
  assert.equal(await values(() => randn(gpu, [2000], { seed: 3 })), normal);
  assert.not.equal(await values(() => randn(gpu, [2000], { seed: 4 })), normal);
  const mean = normal.reduce((sum, value) => sum + value, 0) / 2000;
  const variance = normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2000;
  assert.ok(Math.abs(mean) < 0.1 && Math.abs(variance - 1) < 0.1, `mean ${mean}, variance ${variance}`);
  const uniform = await values(() => rand(gpu, [2000], { seed: 3 }));
  assert.ok(uniform.every((value) => value >= 0 && value < 1) && Math.max(...uniform) > 0.99);
  assert.throws(() => rand(gpu, [2], {} as never), /takes a seed/);
});

test('options that do not exist are refused with the one that was meant', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, new Float32Array(16), [1, 1, 4, 4]);
  const refused = (make: (options: never) => unknown, options: object, message: RegExp) =>
    assert.throws(() => make(options as never), message);
  refused((options) => F.mean(x, options), { dims: 1 }, /mean: there is no option "dims"; did you mean "dim"/);
  refused(
    (options) => F.conv2d(x, x, options),
    { strides: 2 },
    /conv2d: there is no option "strides"; did you mean "stride"/,
  );
  refused((options) => F.maxPool2d(x, 2, options), { pad: 1 }, /max_pool2d: there is no option "pad"/);
  refused(
    (options) => F.interpolate(x, options),
    { scaleFactor: 2, mode: 'linear' },
    /mode is linear; it must be nearest/,
  );
  refused((options) => F.max(x, options), { axis: 1 }, /max: there is no option "axis"/);
  refused((options) => new Conv2d(gpu, 1, 1, 3, options), { paddin: 1 }, /Conv2d: .*did you mean "padding"/);
  refused((options) => new Linear(gpu, 1, 1, options), { biass: false }, /Linear: .*did you mean "bias"/);
  x.dispose();
});

test('what is no tensor is refused with the likely remedy', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1, 2, 3, 4]);
  const wrong = (value: unknown) => value as never;
  assert.throws(() => x.add(wrong([1, 2])), /add: its second operand is a list \(write `tensor\(…\)` around it\)/);
  assert.throws(
    () => x.mul(wrong(Promise.resolve(1))),
    /mul: its second operand is a promise \(write `await` before it\)/,
  );
  assert.throws(() => F.relu(wrong(3)), /relu: x is a number; it must be a tensor/);
  assert.throws(() => F.linear(wrong(undefined), x), /linear: x is undefined; it must be a tensor/);
  assert.throws(() => x.mseLoss(wrong([1])), /mse_loss: target is a list/);
  assert.throws(() => x.reshape(wrong(4)), /reshape: the shape is 4; it must be a list of sizes such as \[2, 3\]/);
  assert.throws(() => x.sum(wrong(0)), /sum: its options are 0; axes are named as in \{ dim: 0 \}/);
  assert.is(String(x), 'Tensor [4] f32');
  x.dispose();
});

test('labels as rows', async () => {
  const gpu = await testGpu();
  const rows = oneHot(gpu, [2, 0], 3);
  assert.equal(await rows.toNested(), [
    [0, 0, 1],
    [1, 0, 0],
  ]);
  rows.dispose();
  assert.throws(() => oneHot(gpu, [0, 3], 3), /label 1 is 3; labels of 3 classes are 0 to 2/);
});

test('consecutive numbers', async () => {
  const gpu = await testGpu();
  const values = async (x: Tensor) => [...(await x.toArray())];
  assert.equal(await values(arange(gpu, 2, 5)), [2, 3, 4]);
  assert.equal(await values(arange(gpu, 1, 0, -0.25)), [1, 0.75, 0.5, 0.25]);
  assert.equal(await values(arange(gpu, 1, 1)), []);
  assert.throws(() => arange(gpu, 0, 3, -1), /no steps of -1 lead from 0 to 3/);
});

test.run();

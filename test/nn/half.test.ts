import * as assert from 'uvu/assert';
import type { Gpu, ScalarType } from '../../src/gpu/index.ts';
import { autocast, functional as F, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { halfSuite } from '../support/half.ts';

const test = halfSuite('nn.half');

/** Numbers that f16 holds, so that both types begin with the same ones. */
const numbers = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => (((i * 37 + seed * 11) % 97) - 48) / 32);

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

interface Results {
  type: string;
  values: Float32Array;
  gradients: Float32Array[];
}

/** Output and gradients of an operation on inputs of these shapes that are held in one type. */
async function run(
  gpu: Gpu,
  dtype: ScalarType,
  shapes: readonly (readonly number[])[],
  operation: (inputs: Tensor[]) => Tensor,
): Promise<Results> {
  const inputs = shapes.map((shape, i) => tensor(gpu, numbers(sizeOf(shape), i), shape, { dtype, requiresGrad: true }));
  const y = operation(inputs);
  const gy = tensor(gpu, numbers(y.size, 7), y.shape, { dtype: y.buffer.scalar });
  y.backward(gy);
  const gradients = await Promise.all(inputs.map((input) => (input.grad as Tensor).toArray()));
  const results = { type: y.dtype, values: await y.toArray(), gradients };
  for (const each of [...inputs, y, gy]) each.dispose();
  return results;
}

/** What f16 gives is what f32 gives, rounded: arithmetic and sums are f32 in both. */
function assertRounded(name: string, half: Float32Array, full: Float32Array, unit = 2 ** -10): void {
  assert.is(half.length, full.length, name);
  const wrong = half.findIndex(
    (value, i) => Math.abs(value - (full[i] as number)) > unit * Math.abs(full[i] as number) + 2 ** -24,
  );
  assert.is(wrong, -1, `${name}: element ${wrong} is ${half[wrong]}, in f32 ${full[wrong]}`);
}

const OPERATIONS: [string, number[][], (inputs: Tensor[]) => Tensor][] = [
  ['relu', [[3, 5, 7]], ([x]) => F.relu(x as Tensor)],
  ['sigmoid', [[9]], ([x]) => F.sigmoid(x as Tensor)],
  ['add', [[3, 5], [5]], ([a, b]) => F.add(a as Tensor, b as Tensor)],
  [
    'mul',
    [
      [3, 1, 5],
      [7, 1],
    ],
    ([a, b]) => F.mul(a as Tensor, b as Tensor),
  ],
  ['sub of a number', [[7]], ([x]) => F.sub(1.5, x as Tensor)],
  ['sum', [[3, 130, 3]], ([x]) => F.sum(x as Tensor, { dim: 1 })],
  ['mean', [[3, 5]], ([x]) => F.mean(x as Tensor)],
  ['max_pool2d', [[1, 3, 7, 5]], ([x]) => F.maxPool2d(x as Tensor, 3, { stride: 2, padding: 1 })],
  ['avg_pool2d', [[1, 3, 7, 5]], ([x]) => F.avgPool2d(x as Tensor, 3, { stride: 1, padding: 1 })],
  ['adaptive_avg_pool2d', [[1, 3, 7, 5]], ([x]) => F.adaptiveAvgPool2d(x as Tensor, 1)],
  ['interpolate', [[1, 1, 5, 3]], ([x]) => F.interpolate(x as Tensor, { size: [7, 9], mode: 'bilinear' })],
  [
    'cat',
    [
      [2, 3, 5],
      [2, 1, 5],
    ],
    (tensors) => F.cat(tensors, 1),
  ],
  ['gelu', [[9]], ([x]) => F.gelu(x as Tensor)],
  ['softmax', [[3, 7]], ([x]) => F.softmax(x as Tensor, 1)],
  ['log_softmax', [[3, 7]], ([x]) => F.logSoftmax(x as Tensor, 0)],
  ['layer_norm', [[3, 7]], ([x]) => F.layerNorm(x as Tensor, 7)],
  ['max', [[3, 7]], ([x]) => F.max(x as Tensor, { dim: 1 }).values],
  ['permute', [[3, 5, 7]], ([x]) => F.permute(x as Tensor, [2, 0, 1])],
  ['slice', [[3, 5, 7]], ([x]) => F.slice(x as Tensor, [null, { start: 1, step: 2 }])],
  ['pad', [[3, 5]], ([x]) => F.pad(x as Tensor, [1, 2])],
  [
    'matmul',
    [
      [2, 3, 5],
      [2, 5, 7],
    ],
    ([a, b]) => F.matmul(a as Tensor, b as Tensor),
  ],
  ['reshape', [[3, 5]], ([x]) => F.reshape(x as Tensor, [5, 3])],
  ['linear', [[3, 7], [5, 7], [5]], ([x, w, b]) => F.linear(x as Tensor, w as Tensor, b)],
  [
    'conv2d',
    [[2, 3, 7, 5], [5, 3, 3, 3], [5]],
    ([x, w, bias]) => F.conv2d(x as Tensor, w as Tensor, { bias, padding: 1 }),
  ],
  [
    'conv2d with a stride',
    [
      [1, 2, 9, 7],
      [3, 2, 3, 3],
    ],
    ([x, w]) => F.conv2d(x as Tensor, w as Tensor, { stride: 2, padding: 1 }),
  ],
  [
    'conv2d in groups',
    [
      [1, 4, 5, 5],
      [6, 2, 1, 1],
    ],
    ([x, w]) => F.conv2d(x as Tensor, w as Tensor, { groups: 2 }),
  ],
];

test('operations on f16 give what they give on f32, rounded', async (gpu) => {
  for (const [name, shapes, operation] of OPERATIONS) {
    const [half, full] = [await run(gpu, 'f16', shapes, operation), await run(gpu, 'f32', shapes, operation)];
    assert.is(half.type, 'f16', name);
    assertRounded(name, half.values, full.values);
    // A gradient that is made from a rounded output differs by that too.
    for (const [i, gradient] of half.gradients.entries())
      assertRounded(`${name}, gradient ${i}`, gradient, full.gradients[i] as Float32Array, 2 ** -8);
  }
});

test('batch norm with all that it takes along runs on f16 with statistics in f32', async (gpu) => {
  const run = async (dtype: ScalarType, area: number, fused: boolean) => {
    const shape = [2, 3, area];
    const make = (seed: number) => tensor(gpu, numbers(6 * area, seed), shape, { dtype, requiresGrad: true });
    const [x, residual] = [make(1), make(2)];
    const [weight, bias] = [1, 2].map((seed) => tensor(gpu, numbers(3, seed), [3], { requiresGrad: true })) as [
      Tensor,
      Tensor,
    ];
    const [runningMean, runningVar] = [tensor(gpu, [0, 0, 0]), tensor(gpu, [1, 1, 1])];
    const extra = fused ? { residual, activation: 'relu' as const } : {};
    const y = F.batchNorm(x, { weight, bias, runningMean, runningVar, training: true, ...extra });
    const gy = tensor(gpu, numbers(6 * area, 3), shape, { dtype });
    y.backward(gy);
    const parts: Tensor[] = [
      y,
      ...[x, weight, bias, ...(fused ? [residual] : [])].map(({ grad }) => grad as Tensor),
      runningMean,
      runningVar,
    ];
    const types = parts.map((each) => each.dtype);
    const values = await Promise.all(parts.map((each) => each.toArray()));
    for (const each of [x, residual, weight, bias, runningMean, runningVar, y, gy]) each.dispose();
    return { types, values };
  };
  for (const [area, fused] of [
    [8, true],
    [5, true],
    [5, false],
  ] as const) {
    const [half, full] = [await run('f16', area, fused), await run('f32', area, fused)];
    assert.equal(half.types, ['f16', 'f16', 'f32', 'f32', ...(fused ? ['f16'] : []), 'f32', 'f32']);
    half.values.forEach((values, i) => {
      assertRounded(`area ${area}, part ${i}`, values, full.values[i] as Float32Array);
    });
  }
});

test('f16 and f32 together give f32, and each its own gradient', async (gpu) => {
  const [a, b] = [
    tensor(gpu, [1, 2, 3], [3], { dtype: 'f16', requiresGrad: true }),
    tensor(gpu, [0.1, 0.2, 0.3], [3], { requiresGrad: true }),
  ];
  const y = F.mul(a, b);
  assert.is(y.dtype, 'f32');
  F.sum(y).backward();
  assert.equal([a.grad?.dtype, b.grad?.dtype], ['f16', 'f32']);
  assert.equal([...(await (b.grad as Tensor).toArray())], [1, 2, 3]);
  for (const each of [a, b, y]) each.dispose();
});

test('inside autocast products are f16, sums f32, and parameters get f32 gradients', async (gpu) => {
  const x = tensor(gpu, numbers(42, 1), [1, 2, 7, 3]);
  const weight = tensor(
    gpu,
    Float32Array.from({ length: 54 }, (_, i) => Math.sin(i)),
    [3, 2, 3, 3],
    { requiresGrad: true },
  );
  const head = tensor(
    gpu,
    Float32Array.from({ length: 6 }, (_, i) => Math.cos(i)),
    [2, 3],
    { requiresGrad: true },
  );
  const types: string[] = [];
  const forward = () =>
    scope(() => {
      const y = F.relu(F.conv2d(x, weight, { padding: 1 }));
      const out = F.linear(F.flatten(F.adaptiveAvgPool2d(y, 1), 1), head);
      const total = F.sum(out);
      types.push(y.dtype, out.dtype, total.dtype);
      return total;
    });
  const before = gpu.memory.inUse;
  const mixed = autocast(gpu, forward);
  assert.equal(types, ['f16', 'f16', 'f32']);
  mixed.backward();
  assert.equal([weight.grad?.dtype, head.grad?.dtype], ['f32', 'f32']);
  const gradient = await (weight.grad as Tensor).toArray();
  const value = await mixed.item();
  for (const each of [weight, head]) each.zeroGrad();
  mixed.dispose();
  assert.is(gpu.memory.inUse, before);
  const full = forward();
  full.backward();
  const expected = await (weight.grad as Tensor).toArray();
  assert.ok(Math.abs(value - (await full.item())) < 2e-3);
  const largest = Math.max(...expected.map(Math.abs));
  const wrong = gradient.findIndex((each, i) => Math.abs(each - (expected[i] as number)) > 4e-3 * largest);
  assert.is(wrong, -1);
  for (const each of [x, weight, head, full]) each.dispose();
});

test('a parameter is rounded once a region, and anew in the next one', async (gpu) => {
  const x = tensor(gpu, [1, 1], [1, 2], { dtype: 'f16' });
  const weight = tensor(gpu, [1, 2], [1, 2]);
  const casts = () => {
    const before = gpu.counts.dispatches;
    const y = F.linear(x, weight);
    const made = gpu.counts.dispatches - before;
    y.dispose();
    return made;
  };
  autocast(gpu, () => assert.is(casts() - casts(), 1));
  weight.write(new Float32Array([4, 8]));
  const y = autocast(gpu, () => F.linear(x, weight));
  assert.equal([...(await y.toArray())], [12]);
  for (const each of [x, weight, y]) each.dispose();
});

test.run();

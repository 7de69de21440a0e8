import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { functional as F, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { differences } from './finite-differences.ts';

const test = suite('nn.batch_norm');

interface Operands {
  x: Tensor;
  residual: Tensor;
  weight: Tensor;
  bias: Tensor;
  runningMean: Tensor;
  runningVar: Tensor;
}

function operands(gpu: Gpu, shape: number[]): Operands {
  const random = randomStream(3, 'fused batch norm', shape.length);
  const channels = shape[1] as number;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = (n: number, mean: number, deviation: number) => {
    return Float32Array.from({ length: n }, () => random.normal(mean, deviation));
  };
  const leaf = (data: Float32Array, of: number[]) => tensor(gpu, data, of, { requiresGrad: true });
  return {
    x: leaf(values(size, 1000, 0.5), shape),
    residual: leaf(values(size, 0, 1), shape),
    weight: leaf(values(channels, 1, 0.3), [channels]),
    bias: leaf(values(channels, 0, 0.5), [channels]),
    runningMean: tensor(gpu, values(channels, 1000, 0.2), [channels]),
    runningVar: tensor(gpu, new Float32Array(channels).fill(0.3), [channels]),
  };
}

/** Output, running statistics and gradients, side by side. */
async function outcome(gpu: Gpu, shape: number[], fn: (all: Operands) => Tensor): Promise<Map<string, Float32Array>> {
  const all = operands(gpu, shape);
  const y = scope(() => {
    const y = fn(all);
    y.backward(
      tensor(
        gpu,
        new Float32Array(y.size).map((_, i) => Math.sin(i) + 0.1),
        shape,
      ),
    );
    return y;
  });
  const results = new Map([['y', await y.toArray()]]);
  for (const [name, each] of Object.entries(all) as [string, Tensor][]) {
    results.set(name, each.requiresGrad ? ((await each.grad?.toArray()) ?? new Float32Array(0)) : await each.toArray());
  }
  for (const each of [y, ...Object.values(all)]) each.dispose();
  return results;
}

const WAYS = {
  relu: {
    fused: { activation: 'relu' },
    apart: (y: Tensor) => F.relu(y),
  },
  residual: {
    fused: { residual: true },
    apart: (y: Tensor, residual: Tensor) => F.add(y, residual),
  },
  'residual and relu': {
    fused: { residual: true, activation: 'relu' },
    apart: (y: Tensor, residual: Tensor) => F.relu(F.add(y, residual)),
  },
} as const;

for (const [name, way] of Object.entries(WAYS)) {
  for (const shape of [
    [3, 5, 4, 4],
    [2, 3, 5, 7],
    [9, 2],
  ]) {
    for (const training of [true, false]) {
      const fused: { residual?: true; activation?: 'relu' } = way.fused;
      test(`fused with ${name} as one after the other: [${shape}], ${training ? 'training' : 'eval'}`, async () => {
        const gpu = await testGpu();
        const together = await outcome(gpu, shape, ({ x, residual, ...norm }) => {
          const added = fused.residual ? residual : undefined;
          return F.batchNorm(x, { ...norm, training, residual: added, activation: fused.activation });
        });
        const apart = await outcome(gpu, shape, ({ x, residual, ...norm }) =>
          way.apart(F.batchNorm(x, { ...norm, training }), residual),
        );
        for (const [key, expected] of apart) {
          const actual = together.get(key) as Float32Array;
          assert.is(actual.length, expected.length, key);
          for (const [i, value] of expected.entries()) {
            const error = Math.abs((actual[i] as number) - value);
            assert.ok(error <= 2e-6 * (1 + Math.abs(value)), `${key}[${i}]: ${actual[i]} against ${value}`);
          }
        }
      });
    }
  }
}

for (const activation of ['relu', undefined] as const) {
  test(`gradient against finite differences, activation ${activation}`, async () => {
    const gpu = await testGpu();
    const channel = (values: number[]) => tensor(gpu, values);
    const norm = { weight: channel([1.5, -0.7]), bias: channel([0.3, 0.4]) };
    const running = { runningMean: channel([0, 0]), runningVar: channel([1, 1]) };
    const x = Array.from({ length: 12 }, (_, i) => Math.sin(1.3 * i * i));
    const residual = tensor(
      gpu,
      x.map((_, i) => 0.1 * i - 0.5),
      [3, 2, 2],
    );
    const { analytic, numeric } = await differences(gpu, x, [3, 2, 2], (input) =>
      F.batchNorm(input, { ...norm, ...running, residual, activation, training: true }),
    );
    for (const [i, g] of analytic.entries())
      assert.ok(Math.abs(g - (numeric[i] as number)) < 5e-3 * (1 + Math.abs(g)), `${i}: ${g} against ${numeric[i]}`);
    for (const each of [residual, ...Object.values(norm), ...Object.values(running)]) each.dispose();
  });
}

test('pictures that cannot be bound at once are taken in turn', async () => {
  const gpu = await testGpu();
  const run = (training: boolean) =>
    outcome(gpu, [7, 4, 8, 8], ({ x, residual, ...norm }) =>
      F.batchNorm(x, { ...norm, training, residual, activation: 'relu' }),
    );
  const limit = gpu.bindingBytes;
  for (const training of [true, false]) {
    const whole = await run(training);
    gpu.bindingBytes = 2048; // two pictures
    const cut = await run(training).finally(() => {
      gpu.bindingBytes = limit;
    });
    for (const [key, expected] of whole) {
      const actual = cut.get(key) as Float32Array;
      for (const [i, value] of expected.entries()) {
        const error = Math.abs((actual[i] as number) - value);
        assert.ok(error <= 2e-6 * (1 + Math.abs(value)), `${key}[${i}]: ${actual[i]} against ${value}`);
      }
    }
  }
});

test('an empty batch has an empty output and gradients of 0', async () => {
  const gpu = await testGpu();
  for (const training of [true, false]) {
    const results = await outcome(gpu, [0, 3, 2, 2], ({ x, residual, ...norm }) =>
      F.batchNorm(x, { ...norm, training, residual, activation: 'relu' }),
    );
    assert.equal([...(results.get('weight') ?? [])], [0, 0, 0]);
    assert.is(results.get('x')?.length, 0);
    assert.is(results.get('residual')?.length, 0);
  }
});

test('a residual of another shape is refused', async () => {
  const gpu = await testGpu();
  const { x, residual, ...norm } = operands(gpu, [2, 3, 2, 2]);
  const other = tensor(gpu, new Float32Array(12), [1, 3, 2, 2]);
  assert.throws(
    () => F.batchNorm(x, { ...norm, residual: other }),
    /residual has shape \[1, 3, 2, 2\]; it must be \[2, 3, 2, 2\]/,
  );
  for (const each of [x, residual, other, ...Object.values(norm)]) each.dispose();
});

test.run();

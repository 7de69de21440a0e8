/** Element-wise kernels on tensors that are taken in parts: the same bits as on whole ones. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu, GpuBuffer } from '../../src/gpu/index.ts';
import { type AdamStep, adamScalars, adamSteps } from '../../src/kernels/adam/adam.ts';
import { clipFactor, limitGradient, scaleGradient } from '../../src/kernels/clip_gradients/clip_gradients.ts';
import { dropoutMask } from '../../src/kernels/dropout/dropout.ts';
import { addForward } from '../../src/kernels/elementwise/binary.ts';
import { accumulate, fill } from '../../src/kernels/elementwise/fill.ts';
import { unaryBackward, unaryForward } from '../../src/kernels/elementwise/unary.ts';
import { reduceSum } from '../../src/kernels/reduce/sum.ts';
import { reluBackward, reluForward } from '../../src/kernels/relu/relu.ts';
import { sgdScalars, sgdStep } from '../../src/kernels/sgd/sgd.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('kernels.elements');

const N = 40_003;
const wave = (gpu: Gpu, f: number, n = N) => gpu.upload(Float32Array.from({ length: n }, (_, i) => Math.sin(f * i)));

/** What each kernel leaves in its buffers. */
const RUNS: Record<string, (gpu: Gpu, a: GpuBuffer, b: GpuBuffer, c: GpuBuffer, d: GpuBuffer) => void> = {
  fill: (gpu, y) => fill(gpu, { y, n: N, value: 3 }),
  accumulate: (gpu, x, y) => accumulate(gpu, { x, y, n: N }),
  add: (gpu, a, b, y) => addForward(gpu, { a, b, y, n: N }),
  unary: (gpu, x, y) => unaryForward(gpu, 'square', { x, y, n: N }),
  'unary backward': (gpu, x, y, gy, gx) => unaryBackward(gpu, 'abs', { x, y, gy, gx, n: N }),
  relu: (gpu, x, y) => reluForward(gpu, { x, y, n: N }),
  'relu backward': (gpu, y, gy, gx) => reluBackward(gpu, { y, gy, gx, n: N }),
  dropout: (gpu, x, y) => {
    const draw = gpu.upload(new Uint32Array([1, 2, 3]));
    dropoutMask(gpu, { x, draw, y, n: N, p: 0.4 });
    draw.release();
  },
  adam: (gpu, grad, param, average, averageSq) => {
    const group = { lr: 0.1, betas: [0.9, 0.99], eps: 1e-8, coupledDecay: 0, decoupledDecay: 0.1 } as const;
    const numbers = adamScalars({ ...group, maximize: false, step: 3 });
    const scalars = gpu.upload(new Float32Array([1, 0, 0, ...numbers]));
    unaryForward(gpu, 'square', { x: param, y: averageSq, n: N });
    adamSteps(gpu, [{ param, grad, average, averageSq, group: 0, n: N }], scalars);
    scalars.release();
  },
  sgd: (gpu, grad, param, velocity) => {
    const group = { lr: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0.1, maximize: false, step: 2 };
    const scalars = gpu.upload(new Float32Array([1, 0, 0, ...sgdScalars(group)]));
    sgdStep(gpu, { param, grad, velocity, nesterov: true, scalars, group: 0, n: N });
    scalars.release();
  },
  clip: (gpu, grad, result, limited) => {
    clipFactor(gpu, [{ grad, n: N }], 1, result);
    scaleGradient(gpu, { grad, n: N }, result);
    limitGradient(gpu, { grad: limited, n: N }, 0.5);
  },
};

async function outcome(gpu: Gpu, run: (typeof RUNS)[string]): Promise<Uint32Array[]> {
  const buffers = [1, 1.7, 0.3, 2.1].map((f) => wave(gpu, f));
  run(gpu, ...(buffers as [GpuBuffer, GpuBuffer, GpuBuffer, GpuBuffer]));
  const bits = await Promise.all(buffers.map(async (buffer) => new Uint32Array(await gpu.read(buffer))));
  for (const buffer of buffers) buffer.release();
  return bits;
}

for (const [name, run] of Object.entries(RUNS)) {
  test(`${name}: in parts as whole`, async () => {
    const gpu = await testGpu();
    const limit = gpu.bindingBytes;
    const before = gpu.counts.dispatches;
    const whole = await outcome(gpu, run);
    const dispatches = gpu.counts.dispatches - before;
    gpu.bindingBytes = 8192;
    const parts = await outcome(gpu, run).finally(() => {
      gpu.bindingBytes = limit;
    });
    assert.ok(gpu.counts.dispatches - before > 2 * dispatches);
    assert.equal(parts, whole);
  });
}

test('adam: parameters of one dispatch become what they become one by one', async () => {
  const gpu = await testGpu();
  const limit = gpu.bindingBytes;
  const lengths = [5, N, 300, 7];
  const group = {
    betas: [0.9, 0.99],
    eps: 1e-8,
    coupledDecay: 0.2,
    decoupledDecay: 0.1,
    maximize: false,
    step: 3,
  } as const;
  const groups = [0.1, 0.02].flatMap((lr) => adamScalars({ ...group, lr }));
  const scalars = gpu.upload(new Float32Array([0.5, 0, 0, ...groups]));
  const states = async (bindingBytes: number) => {
    const steps = lengths.map((n, i) => {
      const [grad, param, average, averageSq] = [1, 1.7, 0.3, 2.1].map((f) => wave(gpu, f + i, n));
      return { grad, param, average, averageSq, group: i % 2, n } as AdamStep;
    });
    for (const { grad, averageSq, n } of steps) unaryForward(gpu, 'square', { x: grad, y: averageSq, n });
    const before = gpu.counts.dispatches;
    gpu.bindingBytes = bindingBytes;
    adamSteps(gpu, steps, scalars);
    gpu.bindingBytes = limit;
    const dispatches = gpu.counts.dispatches - before;
    const bits: Uint32Array[] = [];
    for (const { param, average, averageSq, grad } of steps) {
      for (const buffer of [param, average, averageSq]) bits.push(new Uint32Array(await gpu.read(buffer)));
      for (const buffer of [param, average, averageSq, grad]) buffer.release();
    }
    return { dispatches, bits };
  };
  const [together, apart] = [await states(limit), await states(16)];
  assert.equal(together.bits, apart.bits);
  if (gpu.limits.maxStorageBuffersPerShaderStage >= 13) assert.is(together.dispatches, 2);
  scalars.release();
});

test('tensors of more than 128 MiB', async () => {
  const gpu = await testGpu();
  const n = 2 ** 25 + 1001;
  const [x, y, total] = [gpu.alloc(4 * n), gpu.alloc(4 * n), gpu.alloc(4)];
  fill(gpu, { y: x, n, value: 0.25 });
  gpu.write(x, new Float32Array([-3, 7]), 4 * (n - 2));
  reluForward(gpu, { x, y, n });
  accumulate(gpu, { x, y, n });
  reduceSum(gpu, { x: y, y: total, outer: 1, n, inner: 1 });
  const last = new Float32Array(await gpu.read(y, 12, 4 * (n - 3)));
  const [sum = 0] = new Float32Array(await gpu.read(total));
  for (const buffer of [x, y, total]) buffer.release();
  await gpu.trim();
  assert.equal([...last], [0.5, -3, 14]);
  assert.ok(Math.abs(sum - (0.5 * (n - 2) + 11)) <= 2, `${sum}`);
});

test.run();

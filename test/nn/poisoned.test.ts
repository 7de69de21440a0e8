/** Nothing depends on what memory held before: results are the same when all of it is full of NaN. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu, GpuBuffer } from '../../src/gpu/index.ts';
import { fill } from '../../src/kernels/elementwise/fill.ts';
import { functional as F, type Module, noGrad, resnet18, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.poisoned');

/** Runs `work` while every buffer comes full of NaN, up to the end of its last vec4. */
async function poisoned<T>(gpu: Gpu, work: () => Promise<T>): Promise<T> {
  const names = ['alloc', 'allocNumbers', 'allocLike'] as const;
  const spoil = (buffer: GpuBuffer) => {
    const each = buffer.scalar === 'f16' ? 2 : 4;
    fill(gpu, { y: buffer, n: 4 * Math.ceil(buffer.bytes / each / 4), value: Number.NaN });
    return buffer;
  };
  for (const name of names) {
    const alloc = gpu[name].bind(gpu) as (...options: unknown[]) => GpuBuffer;
    Object.assign(gpu, { [name]: (...options: unknown[]) => spoil(alloc(...options)) });
  }
  try {
    return await work();
  } finally {
    for (const name of names) delete (gpu as unknown as Record<string, unknown>)[name];
  }
}

const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) / 50 - 1);

/** Output and gradients, as bits. */
async function outcome(gpu: Gpu, shape: number[], fn: (x: Tensor) => Tensor, network?: Module) {
  const x = tensor(gpu, ramp(shape.reduce((a, b) => a * b)), shape, { requiresGrad: true });
  const y = scope(() => {
    const y = fn(x);
    y.backward(tensor(gpu, ramp(y.size), y.shape));
    return y;
  });
  const gradients = [x, ...(network?.parameters() ?? [])].map(({ grad }) => grad as Tensor);
  const values = await Promise.all([y, ...gradients].map((each) => each.toArray()));
  network?.zeroGrad();
  y.dispose();
  x.dispose();
  return values.map(({ buffer }) => new Uint32Array(buffer));
}

const leaf = (gpu: Gpu, shape: number[]) =>
  tensor(gpu, ramp(shape.reduce((a, b) => a * b)), shape, { requiresGrad: true });

const OPERATIONS: Record<string, [number[], (x: Tensor) => Tensor]> = {
  'conv2d, odd sizes': [[2, 3, 7, 5], (x) => F.conv2d(x, leaf(x.gpu, [5, 3, 3, 3]), { padding: 1 })],
  'conv2d, strides': [[3, 6, 9, 11], (x) => F.conv2d(x, leaf(x.gpu, [7, 6, 3, 3]), { stride: 2, padding: 1 })],
  'conv2d, groups and dilation': [
    [1, 8, 10, 9],
    (x) => F.conv2d(x, leaf(x.gpu, [8, 2, 3, 2]), { groups: 4, dilation: 2 }),
  ],
  'conv2d, 1 × 1': [[2, 5, 3, 3], (x) => F.conv2d(x, leaf(x.gpu, [9, 5, 1, 1]), { stride: 2 })],
  convTranspose2d: [[2, 3, 4, 5], (x) => F.convTranspose2d(x, leaf(x.gpu, [3, 5, 3, 3]), { stride: 2 })],
  linear: [[3, 7], (x) => F.linear(x, leaf(x.gpu, [5, 7]), leaf(x.gpu, [5]))],
  matmul: [[2, 3, 5], (x) => F.matmul(x, leaf(x.gpu, [2, 5, 6]))],
  maxPool2d: [[2, 3, 7, 5], (x) => F.maxPool2d(x, 3, { stride: 2, padding: 1 })],
  avgPool2d: [[2, 3, 7, 5], (x) => F.avgPool2d(x, 2)],
  adaptiveAvgPool2d: [[2, 3, 7, 5], (x) => F.adaptiveAvgPool2d(x, 2)],
  interpolate: [[2, 3, 7, 5], (x) => F.interpolate(x, { size: 9, mode: 'bilinear' })],
  sum: [[70, 5], (x) => F.sum(x, { dim: 0 })],
  max: [[3, 70, 5], (x) => F.max(x, { dim: 1 }).values],
  softmax: [[3, 70], (x) => F.softmax(x, 1)],
  layerNorm: [[3, 70], (x) => F.layerNorm(x, [70])],
  'broadcast arithmetic': [[3, 7], (x) => F.div(x, F.add(F.square(x), leaf(x.gpu, [3, 1])))],
  gelu: [[7], (x) => F.gelu(x)],
};

for (const [name, [shape, fn]] of Object.entries(OPERATIONS)) {
  test(name, async () => {
    const gpu = await testGpu();
    const run = () => outcome(gpu, shape, fn);
    assert.equal(await poisoned(gpu, run), await run());
  });
}

test('a training pass of ResNet-18', async () => {
  const gpu = await testGpu();
  const network = resnet18({ gpu, inChannels: 1, outChannels: 2, seed: 1 });
  const run = () => outcome(gpu, [2, 1, 45, 33], (x) => network.forward(x), network);
  const clean = await run();
  const spoilt = await poisoned(gpu, run);
  assert.equal(spoilt, clean);
  network.eval();
  const inUse = async () => {
    const y = noGrad(() => scope(() => network.forward(tensor(gpu, ramp(45 * 33), [1, 1, 45, 33]))));
    const values = await y.toArray();
    y.dispose();
    return new Uint32Array(values.buffer);
  };
  assert.equal(await poisoned(gpu, inUse), await inUse());
  network.dispose();
});

test.run();

/** Masks against the random numbers of the host; values and gradients are compared in the reference cases. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Dropout, functional as F, Flatten, Sequential, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { philox, randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { halfSuite } from '../support/half.ts';

const test = suite('nn.dropout');

const half = halfSuite('nn.dropout, 16 bits');

const ONES = new Float32Array(53).fill(1);

/** The output of dropout on ones, by the host's Philox. */
function expectedOnes(seed: number, layer: string, pass: number, p: number): number[] {
  const stream = randomStream(seed, 'dropout', layer === '' ? 'mask' : `${layer}.mask`);
  const key: [number, number] = [stream.word(), stream.word()];
  return Array.from(ONES, (_, i) => {
    const words = philox([i >> 2, pass, 0, 0], key);
    return (words[i % 4] as number) >= p * 2 ** 32 ? Math.fround(1 / (1 - p)) : 0;
  });
}

async function valuesOf(y: Tensor): Promise<number[]> {
  const values = [...(await y.toArray())];
  y.dispose();
  return values;
}

test('which elements fall follows from seed, layer, pass and place', async () => {
  const gpu = await testGpu();
  const net = new Sequential(new Flatten(), new Dropout(gpu, 0.25)).initialise(7);
  const x = tensor(gpu, ONES, [1, 53]);
  for (const pass of [0, 1, 2]) assert.equal(await valuesOf(net.forward(x)), expectedOnes(7, '1', pass, 0.25));
  net.seedDropout(8, 1000);
  assert.equal(await valuesOf(net.forward(x)), expectedOnes(8, '1', 1000, 0.25));
  const layer = new Dropout(gpu).eval();
  assert.ok(layer.forward(x) === x, 'in use it gives back its input');
  for (const each of [x, net, layer]) each.dispose();
});

test('a gradient takes the way of its own pass, whatever ran since', async () => {
  const gpu = await testGpu();
  const layer = new Dropout(gpu, 0.5).initialise(3);
  const x = tensor(gpu, ONES, [53], { requiresGrad: true });
  const [first, second] = [layer.forward(x), layer.forward(x)];
  scope(() => F.sum(first).backward());
  assert.equal([...((await x.grad?.toArray()) ?? [])], expectedOnes(3, '', 0, 0.5));
  assert.equal(await valuesOf(second), expectedOnes(3, '', 1, 0.5));
  for (const each of [x.grad, first, x, layer]) each?.dispose();
});

test('every replay of a recorded step drops other elements', async () => {
  const gpu = await testGpu();
  const layer = new Dropout(gpu, 0.5).initialise(5);
  const x = tensor(gpu, ONES);
  const { recording, result: y } = gpu.record(() => layer.forward(x));
  for (const pass of [0, 1, 2]) {
    if (pass > 0) recording.replay();
    assert.equal([...(await y.toArray())], expectedOnes(5, '', pass, 0.5));
  }
  layer.seedDropout(5, 70);
  recording.replay();
  assert.equal([...(await y.toArray())], expectedOnes(5, '', 70, 0.5));
  for (const each of [y, x, layer]) each.dispose();
  recording.release();
});

test('training without a seed, and shares that are none, are refused', async () => {
  const gpu = await testGpu();
  const layer = new Dropout(gpu);
  const x = tensor(gpu, ONES);
  assert.throws(() => layer.forward(x), /Dropout has no seed yet; call initialise\(seed\) or seedDropout\(seed\)/);
  assert.throws(() => new Dropout(gpu, 1.5), /p is 1\.5; it must be from 0 to 1/);
  for (const each of [x, layer]) each.dispose();
});

half('numbers of 16 bits fall as those of 32 do, there and back', async (gpu) => {
  const layer = new Dropout(gpu, 0.5).initialise(5);
  const x = tensor(gpu, ONES, [53], { requiresGrad: true });
  const y = scope(() => layer.forward(x.to('f16')));
  scope(() => F.sum(y).backward());
  const expected = expectedOnes(5, '', 0, 0.5);
  assert.equal([...((await x.grad?.toArray()) ?? [])], expected);
  assert.equal(await valuesOf(y), expected);
  for (const each of [x.grad, x, layer]) each?.dispose();
});

test.run();
half.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  AnomalyDetector,
  AnomalyError,
  BatchNorm2d,
  Conv2d,
  detectAnomaly,
  functional as F,
  keep,
  Linear,
  Module,
  Sequential,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.anomaly');

/** What is found in `work`, run in a scope; null where nothing is. */
function found(gpu: Gpu, work: () => unknown, network?: Module): Promise<AnomalyError | null> {
  return detectAnomaly(() => scope(work), { gpu, network }).then(
    () => null,
    (error) => {
      if (error instanceof AnomalyError) return error;
      throw error;
    },
  );
}

class Distance extends Module {
  readonly linear: Linear;
  constructor(gpu: Gpu) {
    super();
    this.linear = new Linear(gpu, 2, 3);
  }
  forward(x: Tensor): Tensor {
    return F.sqrt(F.square(this.linear.forward(x)));
  }
}

class Pair extends Module {
  readonly body: Sequential;
  readonly distance: Distance;
  constructor(gpu: Gpu) {
    super();
    this.body = new Sequential(new Conv2d(gpu, 1, 2, 3, { padding: 1 }), new BatchNorm2d(gpu, 2));
    this.distance = new Distance(gpu);
  }
  forward(x: Tensor): Tensor {
    return this.distance.forward(F.mean(this.body.forward(x), { dim: [2, 3] }));
  }
}

test('the first operation whose output holds NaN or infinities though its inputs hold none', async () => {
  const gpu = await testGpu();
  const x = (values: number[]) => tensor(gpu, values, [values.length], { requiresGrad: true });
  const none = await found(gpu, () => F.sum(F.exp(F.log(x([1, 2, 3, 4, 5])))).backward());
  assert.is(none, null);
  const negative = await found(gpu, () => F.sum(F.exp(F.log(F.sub(x([1, 2, 9]), 5)))).backward());
  assert.is(negative?.message, 'log made NaN from finite numbers on the way forward: [3] → [3]');
  assert.equal(
    [negative?.operation, negative?.pass, negative?.kind, negative?.module],
    ['log', 'forward', 'NaN', null],
  );
  const large = await found(gpu, () => F.div(F.square(F.exp(x([1, 60, 2, 3, 4]))), 3));
  assert.is(large?.message, 'square made infinities from finite numbers on the way forward: [5] → [5]');
  const divided = await found(gpu, () => F.div(x([0, 1]), tensor(gpu, [[0], [2]], [2, 1])));
  assert.is(divided?.message, 'div made NaN from finite numbers on the way forward: [2], [2, 1] → [2, 2]');
});

test('what lies behind the last element does not count', async () => {
  const gpu = await testGpu();
  for (const n of [1, 2, 3, 5, 4097]) {
    const spoilt = gpu.upload(new Float32Array(4 * Math.ceil(n / 4)).fill(Number.NaN));
    spoilt.release();
    assert.is(await found(gpu, () => F.neg(tensor(gpu, new Float32Array(n)))), null);
    const last = new Float32Array(n);
    last[n - 1] = 100;
    assert.is((await found(gpu, () => F.exp(tensor(gpu, last))))?.kind, 'infinities');
  }
});

test('the operation whose gradient holds the first', async () => {
  const gpu = await testGpu();
  const leaf = (values: number[]) => tensor(gpu, values, [values.length], { requiresGrad: true });
  const steep = await found(gpu, () => F.sum(F.neg(F.sqrt(F.square(leaf([0, 1]))))).backward());
  assert.is(
    steep?.message,
    'sqrt made infinities from finite numbers on the way back: the gradient of its input [2] from that of its output [2]',
  );
  assert.equal([steep?.pass, steep?.module], ['backward', null]);
  const twice = await found(gpu, () => {
    const x = F.neg(leaf([0]));
    F.sum(F.add(F.mul(x, 2e38), F.mul(x, 2e38))).backward();
  });
  assert.is(twice?.operation, 'neg');
  assert.match(twice?.message ?? '', /neg made infinities .* where the gradients of its output .* were added/);
  const given = await found(gpu, () => F.neg(leaf([1, 2])).backward(tensor(gpu, [1, Number.NaN])));
  assert.is(given?.message, 'the gradient of its output [2] holds NaN before neg reads it');
});

test('NaN from outside is told as such, infinities are taken as meant', async () => {
  const gpu = await testGpu();
  const masked = await found(gpu, () =>
    F.softmax(F.add(tensor(gpu, [1, 2, 3]), tensor(gpu, [0, Number.NEGATIVE_INFINITY, 0])), 0),
  );
  assert.is(masked, null);
  const spoilt = await found(gpu, () => F.square(F.neg(tensor(gpu, [1, Number.NaN]))));
  assert.is(spoilt?.message, 'an input [2] holds NaN before neg reads it');
  assert.is(spoilt?.pass, 'input');
});

test('modules and parameters are called by their names', async () => {
  const gpu = await testGpu();
  const network = new Pair(gpu).initialise(1);
  const picture = new Float32Array(50).map((_, i) => Math.sin(i * i));
  const pass = () => F.sum(network.forward(tensor(gpu, picture, [2, 1, 5, 5]))).backward();
  assert.is(await found(gpu, pass, network), null);
  const weight = network.distance.linear.weight;
  const sound = await weight.toArray();
  weight.write(new Float32Array(6));
  network.distance.linear.bias?.write(new Float32Array(3));
  const steep = await found(gpu, pass, network);
  assert.is(
    steep?.message,
    'sqrt in module "distance" made infinities from finite numbers on the way back: the gradient of its input [2, 3] from that of its output [2, 3]',
  );
  weight.write(sound.map(() => 3e38));
  const large = await found(gpu, pass, network);
  assert.match(large?.message ?? '', /^square in module "distance" made infinities from finite numbers/);
  const larger = await found(gpu, () => network.distance.forward(tensor(gpu, [[9, 9]])), network.distance);
  assert.match(larger?.message ?? '', /^linear in module "linear" made infinities from finite numbers/);
  const conv = network.body.children()[0]?.[1] as Conv2d;
  conv.weight.write(new Float32Array(18).fill(Number.NaN));
  const spoilt = await found(gpu, pass, network);
  assert.is(spoilt?.message, 'body.0.weight [2, 1, 3, 3] holds NaN before conv2d in module "body.0" reads it');
  network.dispose();
});

test('running statistics that hold NaN are told apart from an operation that makes it', async () => {
  const gpu = await testGpu();
  const norm = new BatchNorm2d(gpu, 2).initialise(1).eval();
  norm.running_var.write(new Float32Array([1, Number.NaN]));
  const error = await found(gpu, () => norm.forward(tensor(gpu, new Float32Array(8), [1, 2, 2, 2])), norm);
  assert.is(error?.message, 'running_var [2] holds NaN before batch_norm reads it');
  norm.dispose();
});

test('a recorded step is watched in every replay', async () => {
  const gpu = await testGpu();
  const x = keep(tensor(gpu, [1, 2, 3], [3], { requiresGrad: true }));
  const detector = new AnomalyDetector(gpu);
  const { recording } = gpu.record(() =>
    detector.watch(() =>
      scope(() => {
        F.sum(F.log(x)).backward();
        x.zeroGrad();
      }),
    ),
  );
  await detector.check();
  recording.replay();
  await detector.check();
  x.write(new Float32Array([1, -2, 3]));
  recording.replay();
  recording.replay();
  await detector.check().then(
    () => assert.unreachable('nothing was found'),
    (error) => assert.match(error.message, /^log made NaN from finite numbers on the way forward/),
  );
  x.write(new Float32Array([1, 2, 0]));
  recording.replay();
  await detector.check().then(
    () => assert.unreachable('nothing was found'),
    (error) => assert.match(error.message, /^log made infinities from finite numbers on the way forward/),
  );
  x.write(new Float32Array([1, 2, 3]));
  recording.replay();
  await detector.check();
  recording.release();
  detector.release();
  x.dispose();
});

test('work may be asynchronous; afterwards nothing is watched, changed or kept', async () => {
  const gpu = await testGpu();
  const network = new Pair(gpu).initialise(1);
  const x = tensor(
    gpu,
    new Float32Array(25).map((_, i) => Math.cos(i)),
    [1, 1, 5, 5],
  );
  const run = async () => {
    const y = scope(() => network.forward(x));
    const values = await y.toArray();
    y.dispose();
    return values;
  };
  network.eval();
  const start = gpu.counts.dispatches;
  const plain = await run();
  const dispatches = gpu.counts.dispatches - start;
  const inUse = gpu.memory.inUse;
  const watched = await detectAnomaly(run, { network });
  assert.ok(gpu.counts.dispatches - start > 2 * dispatches + 5);
  assert.equal(watched, plain);
  const failing = async () => {
    await run();
    throw new Error('inside');
  };
  const error = await detectAnomaly(failing, { network }).catch((each: Error) => each.message);
  assert.is(error, 'inside');
  const before = gpu.counts.dispatches;
  assert.equal(await run(), plain);
  assert.is(gpu.counts.dispatches - before, dispatches);
  assert.is(gpu.memory.inUse, inUse);
  for (const module of network.namedModules().values()) assert.not(Object.hasOwn(module, 'forward'));
  x.dispose();
  network.dispose();
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Gpu, nn, optim, scope, type Tensor, tensor } from '../../src/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('the library from outside');
const { functional: F } = nn;

/** What a first program looks like: a network that learns a curve. */
class Curve extends nn.Module {
  readonly fc1: nn.Linear;
  readonly fc2: nn.Linear;

  constructor(gpu: Gpu) {
    super();
    this.fc1 = new nn.Linear(gpu, 1, 32);
    this.fc2 = new nn.Linear(gpu, 32, 1);
  }

  forward(x: Tensor): Tensor {
    return this.fc2.forward(F.tanh(this.fc1.forward(x)));
  }
}

test('a small network learns a sine', async () => {
  const gpu = await testGpu();
  const xs = Float32Array.from({ length: 64 }, (_, i) => (i / 63) * 4 - 2);
  const x = tensor(gpu, xs, [64, 1]);
  const y = tensor(gpu, xs.map(Math.sin), [64, 1]);
  const net = new Curve(gpu).initialise(1);
  const optimizer = new optim.AdamW(net.namedParameters(), { lr: 0.02 });
  const step = () =>
    scope(() => {
      net.zeroGrad();
      const loss = F.mseLoss(net.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss;
    });
  const first = step();
  for (let i = 0; i < 150; i++) step().dispose();
  const last = step();
  assert.ok(
    (await last.item()) < 0.01 * (await first.item()),
    `loss ${await first.item()} became ${await last.item()}`,
  );
  const copy = new Curve(gpu);
  copy.loadStateDict(await net.stateDict());
  const [mine, its] = [scope(() => net.forward(x)), scope(() => copy.forward(x))];
  assert.equal(await its.toArray(), await mine.toArray());
  for (const each of [x, y, net, copy, optimizer, first, last, mine, its]) each.dispose();
});

test('a block ends the life of what it holds', async () => {
  const gpu = await testGpu();
  const before = gpu.memory.inUse;
  {
    using x = tensor(gpu, [1, 2, 3]);
    using y = F.mul(x, 2);
    assert.equal([...(await y.toArray())], [2, 4, 6]);
  }
  assert.is(gpu.memory.inUse, before);
});

test.run();

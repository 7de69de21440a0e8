import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  functional as F,
  Flatten,
  Linear,
  MaxPool2d,
  noGrad,
  optim,
  ReLU,
  Sequential,
  type StateDict,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn training');

function network(gpu: Gpu): Sequential {
  return new Sequential(
    new Conv2d(gpu, 1, 4, 3, { padding: 1, bias: false }),
    new BatchNorm2d(gpu, 4),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(gpu, 64, 2),
  ).initialise(1);
}

interface Training {
  model: Sequential;
  optimizer: optim.AdamW;
  x: Tensor;
  target: Tensor;
  /** Everything of a step but the optimiser's scalars. */
  step(): Tensor;
  /** New pictures and targets. */
  feed(index: number): void;
}

function training(gpu: Gpu): Training {
  const model = network(gpu);
  const optimizer = new optim.AdamW(model.namedParameters(), { lr: 0.01 });
  const [x, target] = [tensor(gpu, new Float32Array(4 * 64), [4, 1, 8, 8]), tensor(gpu, new Float32Array(4))];
  const step = () =>
    scope(() => {
      optimizer.zeroGrad();
      const loss = F.gaussianNll(model.forward(x), target);
      loss.backward();
      optimizer.apply();
      return loss;
    });
  const feed = (index: number) => {
    const random = randomStream(5, 'feed', index);
    const pictures = Float32Array.from({ length: 256 }, () => random.normal());
    x.write(pictures);
    target.write(
      Float32Array.from({ length: 4 }, (_, i) => pictures.subarray(64 * i, 64 * i + 64).reduce((a, b) => a + b) / 8),
    );
  };
  return { model, optimizer, x, target, step, feed };
}

function dispose({ model, optimizer, x, target }: Training): void {
  for (const each of [model, optimizer, x, target]) each.dispose();
}

const STEPS = 6;

async function eager(gpu: Gpu): Promise<{ losses: number[]; state: StateDict }> {
  const run = training(gpu);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    run.feed(i);
    run.optimizer.advance();
    const loss = run.step();
    losses.push(await loss.item());
    loss.dispose();
  }
  const state = await run.model.stateDict();
  dispose(run);
  return { losses, state };
}

async function recorded(gpu: Gpu): Promise<{ losses: number[]; state: StateDict }> {
  const run = training(gpu);
  const losses: number[] = [];
  run.feed(0);
  run.optimizer.advance();
  const { recording, result: loss } = gpu.record(run.step);
  losses.push(await loss.item());
  for (let i = 1; i < STEPS; i++) {
    run.feed(i);
    run.optimizer.advance();
    recording.replay();
    losses.push(await loss.item());
  }
  const state = await run.model.stateDict();
  loss.dispose();
  dispose(run);
  recording.release();
  return { losses, state };
}

test('a recorded step gives the bits of an eager one, and every run the same', async () => {
  const gpu = await testGpu();
  const expected = await eager(gpu);
  assert.equal(await recorded(gpu), expected);
  assert.equal(await eager(gpu), expected);
  assert.ok(expected.losses.every(Number.isFinite) && new Set(expected.losses).size === STEPS, `${expected.losses}`);
});

test('an optimiser continues from its saved state to the same bits', async () => {
  const gpu = await testGpu();
  const [whole, resumed] = [training(gpu), training(gpu)];
  const steps = (run: Training, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      run.feed(i);
      run.optimizer.advance();
      run.step().dispose();
    }
  };
  steps(whole, 0, 3);
  const saved = { model: await whole.model.stateDict(), optimizer: await whole.optimizer.stateDict() };
  steps(whole, 3, 5);
  resumed.model.loadStateDict(saved.model);
  resumed.optimizer.loadStateDict(saved.optimizer);
  assert.is(resumed.optimizer.steps, 3);
  steps(resumed, 3, 5);
  assert.equal(await resumed.model.stateDict(), await whole.model.stateDict());
  saved.optimizer.delete('exp_avg.5.bias');
  assert.throws(() => resumed.optimizer.loadStateDict(saved.optimizer), /lacks "exp_avg\.5\.bias"/);
  dispose(whole);
  dispose(resumed);
});

test('a thousand steps take no more memory than ten', async () => {
  const gpu = await testGpu();
  const run = training(gpu);
  const many = async (steps: number) => {
    for (let i = 0; i < steps; i++) {
      run.optimizer.advance();
      run.step().dispose();
      if (i % 10 === 9) await gpu.submit();
    }
    await gpu.finish();
  };
  run.feed(0);
  run.optimizer.lr = 0.002;
  const loss = async () => {
    const value = scope(() => noGrad(() => F.gaussianNll(run.model.forward(run.x), run.target)));
    const number = await value.item();
    value.dispose();
    return number;
  };
  const before = await loss();
  await many(10);
  const { inUse, allocated } = { ...gpu.memory };
  await many(1000);
  assert.is(gpu.memory.inUse, inUse);
  assert.is(gpu.memory.allocated, allocated);
  const after = await loss();
  assert.ok(after < before - 1, `it should know four pictures by heart, but the loss ${before} became ${after}`);
  dispose(run);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { functional as F, noGrad, scope } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';
import { dispose, STEPS, type Training, trainEagerly, training, trainRecorded } from './small-training.ts';

const test = suite('nn training');

test('a recorded step gives the bits of an eager one, and every run the same', async () => {
  const gpu = await testGpu();
  const expected = await trainEagerly(gpu);
  assert.equal(await trainRecorded(gpu), expected);
  assert.equal(await trainEagerly(gpu), expected);
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

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TILE_CHOICES } from '../../src/kernels/conv2d/tile.ts';
import { MATMUL_CHOICE } from '../../src/kernels/matmul/matmul.ts';
import { functional as F, noGrad, optim, scope, tensor } from '../../src/nn/index.ts';
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

test('no way to compute that a tuning may choose changes a bit of training', async () => {
  const gpu = await testGpu();
  const choices = [...Object.values(TILE_CHOICES), MATMUL_CHOICE];
  const expected = await trainRecorded(gpu);
  for (const turn of [0, 1, 2]) {
    for (const { operation, ways } of choices) {
      const names = Object.keys(ways(gpu));
      gpu.tuning.set(operation, names[turn % names.length] as string);
    }
    const before = gpu.kept.pipelines;
    const trained = await trainRecorded(gpu);
    assert.equal(trained, expected, `turn ${turn}`);
    assert.ok(turn === 2 || gpu.kept.pipelines > before, `turn ${turn} took no other kernels`);
  }
  gpu.tuning.clear();
});

test('with SGD, a schedule, clipping and moving averages too', async () => {
  const gpu = await testGpu();
  const run = async (recorded: boolean) => {
    const { model, optimizer: unused, x, target, feed } = training(gpu);
    const optimizer = new optim.SGD(model.namedParameters(), { lr: 0.05, momentum: 0.9, nesterov: true, clipNorm: 1 });
    const scheduler = new optim.Scheduler(optimizer, optim.cosineAnnealingLR({ tMax: STEPS }));
    const averages = new optim.EMA(model.namedParameters(), { decay: 0.8 });
    const step = () =>
      scope(() => {
        optimizer.zeroGrad();
        F.gaussianNll(model.forward(x), target).backward();
        optimizer.apply();
        averages.update();
      });
    const [replay, release] = [{ run: step }, { run: () => {} }];
    for (let i = 0; i < STEPS; i++) {
      feed(i);
      optimizer.advance();
      if (recorded && i === 0) {
        const { recording } = gpu.record(step);
        replay.run = () => recording.replay();
        release.run = () => recording.release();
      } else replay.run();
      scheduler.step();
    }
    const result = [await model.stateDict(), await averages.stateDict(), await optimizer.stateDict()];
    release.run();
    for (const owner of [model, unused, optimizer, averages, x, target]) owner.dispose();
    return result;
  };
  const eager = await run(false);
  assert.equal(await run(true), eager);
  assert.not.equal(eager[0], eager[1]);
});

test('gradients longer than clipNorm are scaled down to it, shorter ones are left alone', async () => {
  const gpu = await testGpu();
  const sizes = [1, 5, 256, 1027, 70_001];
  const values = sizes.map((n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + n)));
  const norm = Math.sqrt(values.flatMap((each) => [...each]).reduce((sum, value) => sum + value * value, 0));
  for (const clipNorm of [norm / 10, norm * 10]) {
    // With both betas 0 the averages are the gradient and its square as the optimiser sees them.
    const parameters = new Map(
      sizes.map((n, i) => [`p${i}`, tensor(gpu, new Float32Array(n), [n], { requiresGrad: true })]),
    );
    const optimizer = new optim.AdamW(parameters as Map<string, never>, { clipNorm, betas: [0, 0] });
    scope(() => {
      [...parameters.values()].forEach((parameter, i) => {
        F.sum(F.mul(parameter, tensor(gpu, values[i] as Float32Array, [sizes[i] as number]))).backward();
      });
      optimizer.step();
    });
    const state = await optimizer.stateDict();
    const factor = Math.min(1, clipNorm / norm);
    values.forEach((each, i) => {
      const seen = state.get(`exp_avg.p${i}`)?.data ?? [];
      const worst = Math.max(...each.map((value, j) => Math.abs(value * factor - (seen[j] as number))));
      assert.ok(worst < 1e-6, `parameter ${i} of ${sizes[i]} elements, clipNorm ${clipNorm}: off by ${worst}`);
    });
    for (const each of [optimizer, ...parameters.values()]) each.dispose();
  }
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
  resumed.model.seedDropout(1, 3);
  resumed.optimizer.loadStateDict(saved.optimizer);
  assert.is(resumed.optimizer.steps, 3);
  steps(resumed, 3, 5);
  assert.equal(await resumed.model.stateDict(), await whole.model.stateDict());
  saved.optimizer.delete('exp_avg.6.bias');
  assert.throws(() => resumed.optimizer.loadStateDict(saved.optimizer), /lacks "exp_avg\.6\.bias"/);
  dispose(whole);
  dispose(resumed);
});

test('a thousand steps take no more memory than a hundred, on the device or in caches', async () => {
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
  await many(100); // until the pool hands out the same buffers in the same order
  const [memory, kept] = [{ ...gpu.memory }, gpu.kept];
  await many(1000);
  assert.is(gpu.memory.inUse, memory.inUse);
  assert.is(gpu.memory.allocated, memory.allocated);
  assert.equal(gpu.kept, kept);
  const after = await loss();
  assert.ok(after < before - 1, `it should know four pictures by heart, but the loss ${before} became ${after}`);
  dispose(run);
});

test.run();

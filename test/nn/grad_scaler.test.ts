import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { functional as F, optim, scope, tensor } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.grad_scaler');

const FIRST = [0.5, -1, 2, 3, -0.25];

/** A parameter of five numbers whose loss has the gradient `slope`, which the caller writes. */
function problem(gpu: Gpu, scaler: optim.GradScaler | undefined, options: { clipNorm?: number } = {}) {
  const parameter = tensor(gpu, FIRST, [5], { requiresGrad: true });
  const slope = tensor(gpu, new Float32Array(5));
  const optimizer = new optim.AdamW([parameter], { lr: 0.1, scaler, ...options });
  const apply = () =>
    scope(() => {
      F.sum(F.mul(parameter, slope)).backward(scaler?.scale);
      optimizer.apply();
      optimizer.zeroGrad();
    });
  return { parameter, slope, optimizer, apply };
}

const dispose = (...owners: { dispose(): void }[]) => {
  for (const owner of owners) owner.dispose();
};

const SLOPES = [0, 1, 2, 3].map((step) => Float32Array.from({ length: 5 }, (_, i) => Math.sin(3 * step + i)));
const OVERFLOW = new Float32Array([1, 2, 3, 4, 1e38]);

test('scaled steps are those of the unscaled loss', async () => {
  const gpu = await testGpu();
  for (const options of [{}, { clipNorm: 0.5 }]) {
    const results: Float32Array[] = [];
    for (const scaler of [undefined, new optim.GradScaler(gpu)]) {
      const { parameter, slope, optimizer, apply } = problem(gpu, scaler, options);
      for (const each of SLOPES) {
        slope.write(each);
        optimizer.advance();
        apply();
      }
      results.push(await parameter.toArray());
      dispose(parameter, slope, optimizer, ...(scaler ? [scaler] : []));
    }
    // A factor of 2¹⁶ there and 2⁻¹⁶ back changes no bit.
    assert.equal(results[1], results[0]);
  }
});

test('a step that overflows is skipped, is not counted, and makes the scale smaller', async () => {
  const gpu = await testGpu();
  const scaler = new optim.GradScaler(gpu, { growthInterval: 3 });
  const { parameter, slope, optimizer, apply } = problem(gpu, scaler);
  const scales: number[] = [];
  const step = async (values: Float32Array<ArrayBuffer>): Promise<number[]> => {
    slope.write(values);
    optimizer.advance();
    apply();
    scales.push(await scaler.scale.item());
    return [...(await parameter.toArray())];
  };
  assert.equal(await step(OVERFLOW), FIRST);
  assert.equal(await step(OVERFLOW), FIRST);
  for (const slopes of SLOPES) await step(slopes);
  assert.equal(
    scales,
    [15, 14, 14, 14, 15, 15].map((power) => 2 ** power),
  );
  assert.is(await scaler.skipped(), 2);

  const plain = problem(gpu, undefined);
  for (const slopes of SLOPES) {
    plain.slope.write(slopes);
    plain.optimizer.advance();
    plain.apply();
  }
  assert.equal(await parameter.toArray(), await plain.parameter.toArray());
  dispose(parameter, slope, optimizer, scaler, plain.parameter, plain.slope, plain.optimizer);
});

test('NaN is found among finite gradients, garbage behind the last element is not', async () => {
  const gpu = await testGpu();
  const scaler = new optim.GradScaler(gpu);
  for (const [last, skipped] of [
    [Number.NaN, 1],
    [Number.NEGATIVE_INFINITY, 2],
    [1, 2],
  ]) {
    // Fills the memory that the gradient will get, so that NaN lies behind its fifth element.
    gpu.upload(new Float32Array(64).fill(Number.NaN)).release();
    const gradient = tensor(gpu, new Float32Array([1, 2, 3, 4, last as number]));
    scaler.unscale([gradient]);
    scaler.update();
    assert.is(await scaler.skipped(), skipped);
    gradient.dispose();
  }
  scaler.dispose();
});

test('a recorded step scales, skips and adapts with the same bits', async () => {
  const gpu = await testGpu();
  const run = async (recorded: boolean): Promise<number[]> => {
    const scaler = new optim.GradScaler(gpu, { growthInterval: 2 });
    const { parameter, slope, optimizer, apply } = problem(gpu, scaler);
    let replay: (() => void) | null = null;
    let release = () => {};
    for (const values of [
      SLOPES[0],
      OVERFLOW,
      SLOPES[1],
      SLOPES[2],
      OVERFLOW,
      SLOPES[3],
    ] as Float32Array<ArrayBuffer>[]) {
      slope.write(values);
      optimizer.advance();
      if (replay) replay();
      else if (recorded) {
        const { recording } = gpu.record(apply);
        replay = () => recording.replay();
        release = () => recording.release();
      } else apply();
    }
    const result = [...(await parameter.toArray()), await scaler.scale.item(), await scaler.skipped()];
    release();
    dispose(parameter, slope, optimizer, scaler);
    return result;
  };
  const [eager, recorded] = [await run(false), await run(true)];
  assert.equal(eager.slice(5), [2 ** 15, 2]);
  assert.equal(recorded, eager);
});

test('a saved scale goes on where it stood', async () => {
  const gpu = await testGpu();
  const [scaler, resumed] = [
    new optim.GradScaler(gpu, { growthInterval: 2 }),
    new optim.GradScaler(gpu, { growthInterval: 2 }),
  ];
  scaler.update();
  resumed.loadStateDict(await scaler.stateDict());
  resumed.update();
  assert.is(await resumed.scale.item(), 2 ** 17);
  assert.throws(() => resumed.loadStateDict(new Map()), /lacks "scale"/);
  dispose(scaler, resumed);
});

test('options out of their range are refused', async () => {
  const gpu = await testGpu();
  assert.throws(() => new optim.GradScaler(gpu, { growthFactor: 1 }), /growthFactor is 1/);
  assert.throws(() => new optim.GradScaler(gpu, { backoffFactor: 1 }), /backoffFactor is 1/);
  assert.throws(() => new optim.GradScaler(gpu, { growthInterval: 0 }), /growthInterval is 0/);
  assert.throws(() => new optim.GradScaler(gpu, { initScale: Infinity }), /initScale is Infinity/);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Gpu, openGpu } from '../../src/gpu/index.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, stateSha256 } from '../../src/train/checkpoint.ts';
import type { FoldResult } from '../../src/train/fold.ts';
import { UserError } from '../../src/util/errors.ts';
import { testGpu } from '../support/gpu.ts';
import { halfSuite } from '../support/half.ts';
import { trainTiny } from './train-digest.ts';

const test = suite('training of a fold');
const mixed = halfSuite('training of a fold');

let reference: Promise<FoldResult> | null = null;
const whole = async () => {
  reference ??= trainTiny(await testGpu(), 3);
  return reference;
};

test('the same seed gives the same bits, another seed others', async () => {
  const gpu = await testGpu();
  const { weightsSha256, history, predictions } = await whole();
  const again = await trainTiny(gpu, 3);
  assert.is(again.weightsSha256, weightsSha256);
  assert.equal(again.predictions, predictions);
  assert.equal(again.history, history);
  assert.is.not((await trainTiny(gpu, 4)).weightsSha256, weightsSha256);
});

/** Trains, stops after a step, goes on from the checkpoint file, and expects the bits of the whole run. */
async function resumesWithTheSameBits(
  gpu: Gpu,
  whole: FoldResult,
  train: object,
  { after = 3, at = [1, 1] } = {},
): Promise<void> {
  const controller = new AbortController();
  let saved: Uint8Array<ArrayBuffer> | null = null;
  let best: Checkpoint | null = null;
  const save = async (checkpoint: Checkpoint, isBest: boolean) => {
    saved = encodeCheckpoint(checkpoint);
    if (isBest) best = checkpoint;
  };
  const loadBest = async () => (best as Checkpoint | null)?.model ?? new Map();
  const onStep = (done: number) => {
    if (done === after) controller.abort(new Error('stopped by the test'));
  };
  const hooks = { onStep, save, loadBest, signal: controller.signal };
  const stopped = await trainTiny(gpu, 3, hooks, null, train).catch((error: Error) => error.message);
  assert.is(stopped, 'stopped by the test');
  if (!saved) throw new Error('no checkpoint was saved');
  const checkpoint = decodeCheckpoint(saved, 'last');
  assert.equal([checkpoint.position.epoch, checkpoint.position.batch], at);
  const resumed = await trainTiny(gpu, 3, { save, loadBest }, checkpoint, train);
  assert.is(resumed.weightsSha256, whole.weightsSha256);
  assert.equal(resumed.history, whole.history);
  assert.equal(resumed.predictions, whole.predictions);
}

test('stopped inside an epoch and resumed from the checkpoint file, the bits are the same', async () => {
  await resumesWithTheSameBits(await testGpu(), await whole(), {});
});

test('stopped within a validation, the bits are the same too', async () => {
  await resumesWithTheSameBits(await testGpu(), await whole(), {}, { after: 2, at: [0, 2] });
});

test('averaged weights are what validates and what a fold ends with; resumed, the bits are the same', async () => {
  const gpu = await testGpu();
  const train = { ema: 0.9, schedule: 'one_cycle', keep: 'last' };
  const saved: Checkpoint[] = [];
  const result = await trainTiny(gpu, 3, { save: async (checkpoint) => void saved.push(checkpoint) }, null, train);
  const plain = await trainTiny(gpu, 3, {}, null, { ...train, ema: null });
  assert.is.not(result.weightsSha256, plain.weightsSha256);
  const [, last] = saved;
  if (!last) throw new Error('no second checkpoint');
  assert.is(await stateSha256(last.model), result.weightsSha256);
  const trained = new Map([...plain.weights].filter(([name]) => last.trained.has(name)));
  assert.is(trained.size, 62);
  assert.is(await stateSha256(last.trained), await stateSha256(trained), 'the average changes nothing of the training');
  await resumesWithTheSameBits(gpu, result, train);
  await resumesWithTheSameBits(gpu, result, train, { after: 2, at: [0, 2] });
});

test('a fold ends early when the validation loss has not fallen for so long, and does so after a resume', async () => {
  const gpu = await testGpu();
  const train = { epochs: 9, learning_rate: 1e-30, patience: 2 };
  const result = await trainTiny(gpu, 3, {}, null, train);
  assert.equal([result.epoch, result.epochs, result.history.length], [1, 3, 3]);
  await resumesWithTheSameBits(gpu, result, train);
});

test('when the device is lost the error says how to go on, and from the last checkpoint another device gets the same bits', async () => {
  const expected = await whole();
  const gpu = await openGpu();
  let saved: Uint8Array<ArrayBuffer> | null = null;
  let best: Checkpoint | null = null;
  const save = async (checkpoint: Checkpoint, isBest: boolean) => {
    saved = encodeCheckpoint(checkpoint);
    if (isBest) best = checkpoint;
  };
  const loadBest = async () => (best as Checkpoint | null)?.model ?? new Map();
  const onStep = () => {
    if (saved) gpu.device.destroy();
  };
  const lost = await trainTiny(gpu, 3, { onStep, save, loadBest }).catch((error: Error) => error);
  gpu.close();
  assert.instance(lost, UserError);
  assert.match(
    (lost as Error).message,
    /device was lost .* while it ran .*; go on from the last checkpoint with --resume/,
  );
  if (!saved) throw new Error('no checkpoint was saved');
  const resumed = await trainTiny(await testGpu(), 3, { save, loadBest }, decodeCheckpoint(saved, 'last'));
  assert.is(resumed.weightsSha256, expected.weightsSha256);
  assert.equal(resumed.predictions, expected.predictions);
});

mixed('in mixed precision too, where the scale of the loss is part of the checkpoint', async (gpu) => {
  const train = { precision: 'mixed' };
  const result = await trainTiny(gpu, 3, {}, null, train);
  assert.is.not(result.weightsSha256, (await whole()).weightsSha256);
  await resumesWithTheSameBits(gpu, result, train);
});

test('a loss that is not finite ends the training with the place and the remedy', async () => {
  const message = await trainTiny(await testGpu(), 1, {}, null, { learning_rate: 1e30 }).catch(
    (error: Error) => error.message,
  );
  assert.match(
    String(message),
    /^fold 0, epoch \d+, step \d+: the loss is (NaN|-?Infinity); lower train\.learning_rate/,
  );
});

test('with detectAnomaly the bits are the same, and what makes NaN is named with fold, epoch and step', async () => {
  const gpu = await testGpu();
  const { weightsSha256 } = await whole();
  const watched = await trainTiny(gpu, 3, {}, null, {}, true);
  assert.is(watched.weightsSha256, weightsSha256);
  const hopeless = trainTiny(gpu, 3, {}, null, { learning_rate: 1e30, warmup: 0 }, true);
  const message = await hopeless.then(
    () => '',
    (error: Error) => error.message,
  );
  assert.match(
    message,
    /^fold 0, epoch 1, step 2: \w+ in module "[\w.]+" made (NaN|infinities) from finite numbers on the way/,
  );
});

test.run();
mixed.run();

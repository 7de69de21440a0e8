import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint.ts';
import type { FoldResult } from '../../src/train/fold.ts';
import { testGpu } from '../support/gpu.ts';
import { trainTiny } from './train-digest.ts';

const test = suite('training of a fold');

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

test('stopped inside an epoch and resumed from the checkpoint file, the bits are the same', async () => {
  const gpu = await testGpu();
  const { weightsSha256, history, predictions } = await whole();
  const controller = new AbortController();
  let saved: Uint8Array<ArrayBuffer> | null = null;
  let best: Checkpoint | null = null;
  const save = async (checkpoint: Checkpoint, isBest: boolean) => {
    saved = encodeCheckpoint(checkpoint);
    if (isBest) best = checkpoint;
  };
  const loadBest = async () => (best as Checkpoint | null)?.model ?? new Map();
  const onStep = (done: number) => {
    if (done === 3) controller.abort(new Error('stopped by the test'));
  };
  const hooks = { onStep, save, loadBest, signal: controller.signal };
  const stopped = await trainTiny(gpu, 3, hooks).catch((error: Error) => error.message);
  assert.is(stopped, 'stopped by the test');
  if (!saved) throw new Error('no checkpoint was saved');
  const checkpoint = decodeCheckpoint(saved, 'last');
  assert.equal([checkpoint.position.epoch, checkpoint.position.batch], [1, 1]);
  const resumed = await trainTiny(gpu, 3, { save, loadBest }, checkpoint);
  assert.is(resumed.weightsSha256, weightsSha256);
  assert.equal(resumed.history, history);
  assert.equal(resumed.predictions, predictions);
});

test('a loss that is not finite ends the training with the place and the remedy', async () => {
  const message = await trainTiny(await testGpu(), 1, {}, null, 1e30).catch((error: Error) => error.message);
  assert.match(
    String(message),
    /^fold 0, epoch \d+, step \d+: the loss is (NaN|-?Infinity); lower train\.learning_rate/,
  );
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Module, createNetwork as make, optim } from '../../src/nn/index.ts';
import { createNetwork } from '../../src/train/network.ts';
import { TrainStep } from '../../src/train/step.ts';
import { testGpu } from '../support/gpu.ts';
import { tinyData } from './tiny.ts';

const test = suite('networks of the CT study');

const [BATCH, SIDE, STEPS] = [2, 32, 4];

/** Losses of a few steps on the same two pictures. */
async function lossesOf(network: Module): Promise<number[]> {
  const gpu = await testGpu();
  const optimizer = new optim.AdamW(network.train().namedParameters(), { lr: 1e-3 });
  const step = new TrainStep(gpu, network, optimizer, BATCH, SIDE);
  const { pictures } = tinyData(BATCH, SIDE, 7);
  for (let i = 0; i < STEPS; i++) {
    step.run(pictures.data, Float32Array.of(-1, 1), 1e-3);
    await gpu.submit();
  }
  const losses = await step.losses();
  step.release();
  optimizer.dispose();
  network.dispose();
  return losses;
}

test('DenseNet-121 has a hidden layer of 256 before its two outputs, and learns', async () => {
  const network = createNetwork(await testGpu(), 'densenet121', 1);
  const shape = (name: string) => network.namedTensors().get(name)?.shape;
  assert.equal(shape('classifier.0.weight'), [256, 1024]);
  assert.equal(shape('classifier.2.weight'), [2, 256]);
  const losses = await lossesOf(network);
  assert.is(losses.length, STEPS);
  assert.ok((losses[STEPS - 1] as number) < (losses[0] as number), losses.join(', '));
});

test('VGG-11 with batch norm learns, here with a small classifier', async () => {
  const options = { gpu: await testGpu(), inChannels: 1, outChannels: 2, hiddenFeatures: 16, dropout: 0, seed: 1 };
  const losses = await lossesOf(make('vgg11_bn', options) as Module);
  assert.ok((losses[STEPS - 1] as number) < (losses[0] as number), losses.join(', '));
});

test.run();

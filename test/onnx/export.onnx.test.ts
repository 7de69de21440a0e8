/** `agelens export` as a user would call it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeState, noGrad, resnet20, scope, tensor } from '../../src/nn/index.ts';
import { type AgeModel, encodeModel } from '../../src/train/model-file.ts';
import { createNetwork } from '../../src/train/network.ts';
import { Predictor } from '../../src/train/predict.ts';
import { runCli, temporaryFolder } from '../cli/run-cli.node.ts';
import { testGpu } from '../support/gpu.ts';
import { noise, relativeError, runOnnx } from './runtime.ts';

const test = suite('onnx export');
const folder = temporaryFolder();
const inside = (name: string) => path.join(folder, name);
const SIDE = 32;

async function untrainedModel(): Promise<AgeModel> {
  const gpu = await testGpu();
  const members: AgeModel['members'] = [];
  for (const fold of [0, 1]) {
    const network = createNetwork(gpu, 'resnet20', fold + 1);
    const standardisation = { mean: 50 + 7 * fold, deviation: 20 };
    members.push({ fold, standardisation, sigmaScale: 1.5 - fold / 4, weights: await network.stateDict() });
    network.dispose();
  }
  return { network: 'resnet20', side: SIDE, recipe: { markers: 'band', slab: 10 }, synthetic: true, members };
}

test('a run becomes one model that says ages as predict does', async () => {
  const model = await untrainedModel();
  writeFileSync(inside('model.safetensors'), encodeModel(model));
  const [both, first] = [inside('both.onnx'), inside('first.onnx')];
  const { status, stdout, stderr } = await runCli(['export', '--run', folder, '--out', both]);
  assert.is(status, 0, stderr);
  assert.match(stdout, /both\.onnx: picture \[batch, 1, 32, 32\] → age, sigma/);
  assert.match(stdout, /mean nothing medically/);
  assert.is((await runCli(['export', '--run', folder, '--fold', '0', '--out', first])).status, 0);
  const picture = noise(SIDE * SIDE, 5).map((value) => (value + 1) / 2);
  const gpu = await testGpu();
  for (const [file, members] of [
    [both, model.members],
    [first, model.members.slice(0, 1)],
  ] as const) {
    const predictor = new Predictor(gpu, { ...model, members: [...members] });
    const { age, sigma } = await predictor.predict({ picture, side: SIDE, warnings: [] });
    predictor.release();
    const said = await runOnnx(readFileSync(file), { picture: { data: picture, shape: [1, 1, SIDE, SIDE] } });
    assert.ok(relativeError([age], said.age?.data) < 1e-4, `age ${age}, ${said.age?.data}`);
    assert.ok(relativeError([sigma], said.sigma?.data) < 1e-4, `sigma ${sigma}, ${said.sigma?.data}`);
  }
});

test('a network with weights of a file', async () => {
  const gpu = await testGpu();
  const network = resnet20({ gpu, inChannels: 2, outChannels: 5, seed: 3 });
  writeFileSync(inside('weights.safetensors'), encodeState(await network.stateDict()));
  const args = ['--network', 'resnet20', '--weights', inside('weights.safetensors'), '--size', '24'];
  const outcome = await runCli(['export', ...args, '--out', inside('network.onnx'), '--json']);
  assert.is(outcome.status, 0, outcome.stderr);
  assert.equal(JSON.parse(outcome.stdout), {
    out: inside('network.onnx'),
    inputs: { input: [2, 24, 24] },
    outputs: ['output'],
  });
  const data = noise(2 * 24 * 24, 9);
  const x = tensor(gpu, data, [1, 2, 24, 24]);
  const y = noGrad(() => scope(() => network.eval().forward(x)));
  const said = await runOnnx(readFileSync(inside('network.onnx')), { input: { data, shape: x.shape } });
  assert.ok(relativeError(await y.toArray(), said.output?.data) < 1e-4);
  for (const each of [x, y, network]) each.dispose();
});

test.run();

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Allowance } from '../../src/formats/allowance.ts';
import { readNpy } from '../../src/formats/npz.ts';
import { isPng } from '../../src/formats/png.ts';
import { synthesiseCtCohort } from '../../src/synthetic/ct/cohort.node.ts';
import { type AgeModel, encodeModel } from '../../src/train/model-file.ts';
import { createNetwork } from '../../src/train/network.ts';
import { testGpu } from '../support/gpu.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('predict and explain');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);
const RUN = ['--run', inside('run.safetensors'), '--json'];

/** A model of two untrained networks, as training would write it. */
async function untrainedModel(): Promise<AgeModel> {
  const gpu = await testGpu();
  const members: AgeModel['members'] = [];
  for (const fold of [0, 1]) {
    const network = createNetwork(gpu, 'resnet18', fold);
    members.push({
      fold,
      standardisation: { mean: 50, deviation: 20 },
      sigmaScale: 1.5,
      weights: await network.stateDict(),
    });
    network.dispose();
  }
  return { network: 'resnet18', side: 32, recipe: { markers: 'band', slab: 10 }, synthetic: true, members };
}

test.before(async () => {
  await synthesiseCtCohort({ subjects: 2, seed: 5, out: inside('cohort'), matrix: 32 });
  writeFileSync(inside('run.safetensors'), encodeModel(await untrainedModel()));
  await runCli(['convert', inside('cohort', 'ct-5-0002'), inside('scan.nii.gz')]);
});

test('ages come with σ for DICOM folders and NIfTI files, alike for the same scan, with the notice', async () => {
  const { status, stdout, stderr } = await runCli([
    'predict',
    ...RUN,
    inside('cohort', 'ct-5-0002'),
    inside('scan.nii.gz'),
  ]);
  assert.is(status, 0, stderr);
  const { notice, predictions } = JSON.parse(stdout);
  assert.match(notice, /Not a medical device.*mean nothing medically/);
  assert.is(predictions.length, 2);
  const [dicom, nifti] = predictions;
  for (const key of ['age', 'sigma', 'aleatoric', 'epistemic']) {
    assert.ok(Number.isFinite(dicom[key]));
    assert.ok(Math.abs(dicom[key] - nifti[key]) < 1e-3, `${key}: ${dicom[key]} and ${nifti[key]}`);
  }
  assert.ok(Math.abs(dicom.sigma ** 2 - dicom.aleatoric ** 2 - dicom.epistemic ** 2) < 1e-2);
  const [first, second] = dicom.members;
  assert.ok(Math.abs((first.age + second.age) / 2 - dicom.age) < 1e-4);
});

test('a folder of several studies gives one age each', async () => {
  const { stdout } = await runCli(['predict', ...RUN, inside('cohort')]);
  const { predictions } = JSON.parse(stdout);
  assert.equal(
    predictions.map(({ study }: { study: number }) => study),
    [1, 2],
  );
  assert.is.not(predictions[0].age, predictions[1].age);
  assert.match(predictions[1].file, /^input 1, study 2$/);
});

/** What numpy.load gives of a file. */
function numbers(file: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(file));
  return readNpy(bytes, 'map', file, new Allowance(file, bytes.length)).toFloat32();
}

const list = (out: string) => JSON.parse(readFileSync(path.join(out, 'explain.json'), 'utf8'));

test('explain writes picture, overlay and map, and lists them', async () => {
  const { status, stdout, stderr } = await runCli([
    'explain',
    ...RUN,
    '--fold',
    '1',
    '--out',
    inside('maps'),
    inside('scan.nii.gz'),
  ]);
  assert.is(status, 0, stderr);
  const [{ picture, overlay, map, age }] = JSON.parse(stdout).explanations;
  assert.equal(readdirSync(inside('maps')).sort(), ['explain.json', map, overlay, picture].sort());
  for (const name of [picture, overlay]) assert.ok(isPng(readFileSync(inside('maps', name))));
  const values = numbers(inside('maps', map));
  assert.is(values.length, 32 * 32);
  assert.ok(values.every((value) => value >= 0 && value <= 1));
  const { subjects, ...facts } = list(inside('maps'));
  assert.equal([facts.format, facts.network, facts.side], ['agelens-explain-1', 'resnet18', 32]);
  assert.equal([facts.method, facts.recipe, facts.layer], ['score-cam', 'wang2020', 'layer2']);
  const [{ sigma, ...entry }] = subjects;
  assert.equal(entry, { study: 1, fold: 1, mean: age, picture, overlay, map });
  assert.ok(sigma > 0);
});

test('explain by other methods, recipes and layers gives other maps', async () => {
  const maps = new Set<string>();
  for (const [i, how] of [
    ['--method', 'grad-cam'],
    ['--method', 'grad-cam++'],
    ['--recipe', 'kerber2023'],
    ['--layer', 'layer1'],
  ].entries()) {
    const out = inside(`maps-${i}`);
    const { status, stdout, stderr } = await runCli(['explain', ...RUN, ...how, '--out', out, inside('scan.nii.gz')]);
    assert.is(status, 0, stderr);
    const [{ map }] = JSON.parse(stdout).explanations;
    const { method, recipe, layer } = list(out);
    assert.ok([method, recipe, layer].includes(how[1]), JSON.stringify([method, recipe, layer]));
    maps.add(numbers(path.join(out, map)).join());
  }
  assert.is(maps.size, 4);
});

test('what cannot be done ends with one line', async () => {
  const line = async (...args: string[]) => {
    const { status, errors, stdout } = await runCli(args);
    assert.is.not(status, 0);
    assert.is(stdout, '');
    assert.is(errors.length, 1);
    return errors[0] ?? '';
  };
  const scan = inside('scan.nii.gz');
  assert.match(await line('predict', scan), /--run DIR is missing/);
  assert.match(await line('predict', ...RUN), /expected: FILE\|DIR/);
  assert.match(await line('predict', '--run', inside('none'), scan), /none.model\.safetensors: no such file/);
  assert.match(await line('predict', '--run', scan, scan), /no such file|not a/);
  assert.match(await line('predict', ...RUN, inside('missing.nii')), /missing\.nii: no such file or folder/);
  assert.match(await line('explain', ...RUN, '--fold', '5', '--out', inside('x'), scan), /the model has folds 0, 1/);
  assert.match(await line('explain', ...RUN, '--layer', 'layer9', '--out', inside('x'), scan), /no layer "layer9"/);
  writeFileSync(inside('cut.safetensors'), readFileSync(inside('run.safetensors')).subarray(0, 100_000));
  assert.match(await line('predict', '--run', inside('cut.safetensors'), scan), /cut\.safetensors: .*truncated/);
  assert.not.ok(existsSync(inside('x')));
});

test.run();

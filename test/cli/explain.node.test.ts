/** Explanations of a run's own predictions. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv } from '../../src/formats/csv.ts';
import { isPng } from '../../src/formats/png.ts';
import { readWeights } from '../../src/formats/weights.ts';
import { spreadOverAges } from '../../src/train/explain-run.node.ts';
import type { Prediction } from '../../src/train/metrics/prediction.ts';
import { testGpu } from '../support/gpu.ts';
import { writeTinyRun } from '../train/tiny-run.node.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('explain');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);
const RUN = ['explain', '--run', inside('run'), '--json'];

test.before(async () => {
  await writeTinyRun(await testGpu(), folder, 14);
});

test('each prediction is explained by the network that made it, spread over the ages, the same bits each time', async () => {
  const files = new Map<string, string>();
  for (const out of ['first', 'second']) {
    const { status, stdout, stderr } = await runCli([...RUN, '--count', '3', '--out', inside(out)]);
    assert.is(status, 0, stderr);
    const { subjects } = JSON.parse(stdout);
    assert.equal(JSON.parse(readFileSync(inside(out, 'explain.json'), 'utf8')).subjects, subjects);
    assert.is(subjects.length, 3);
    const table = inside('run', 'predictions.csv');
    const ages = readCsv(readFileSync(table), table).rows.map((row) => row.requiredNumber('age'));
    const explained = subjects.map(({ age }: { age: number }) => age);
    assert.equal([explained[0], explained[2]], [Math.min(...ages), Math.max(...ages)]);
    for (const { row, fold, age, mean, map } of subjects) {
      assert.equal([fold, age, mean, map], [row % 2, ages[row], 50 + row, `row-${row}-map.npy`]);
    }
    assert.is(readdirSync(inside(out)).length, 1 + 3 * 3);
    for (const name of readdirSync(inside(out))) {
      const bytes = readFileSync(inside(out, name)).toString('base64');
      assert.is(files.get(name) ?? bytes, bytes, name);
      files.set(name, bytes);
    }
  }
});

test('checks give curves, areas and what becomes of the map without training, alike each time', async () => {
  const results = [];
  for (const out of ['checked', 'again']) {
    const how = ['--count', '2', '--method', 'grad-cam++', '--check', '--seed', '9'];
    const { status, stderr } = await runCli([...RUN, ...how, '--out', inside(out)]);
    assert.is(status, 0, stderr);
    results.push(readFileSync(inside(out, 'explain.json'), 'utf8'));
  }
  assert.is(results[0], results[1]);
  const { subjects, check } = JSON.parse(results[0] ?? '');
  assert.equal([check.subjects, check.seed, check.baseline, check.random_orders], [2, 9, 'empty', 4]);
  assert.is(check.shares.length, 21);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const name of ['deletion', 'insertion', 'random_deletion', 'random_insertion']) {
    const curves = subjects.map((each: { check: { curves: Record<string, number[]> } }) => each.check.curves[name]);
    for (let i = 0; i < 21; i++) {
      const value = mean(curves.map((curve: number[]) => curve[i] as number));
      assert.ok(Math.abs(check.curves[name][i] - value) < 1e-9, `${name} at ${i}`);
    }
    assert.is(curves[0][name.endsWith('deletion') ? 0 : 20], 0);
    assert.ok(
      curves.every((curve: number[]) => Math.max(...curve) > 0),
      name,
    );
  }
  const parts = ['linear', 'layer3', 'layer2', 'layer1', 'conv1'];
  assert.equal(
    check.randomised.map(({ part }: { part: string }) => part),
    parts,
  );
  for (const { spearman, ssim } of check.randomised) {
    assert.ok(spearman === null || Math.abs(spearman) <= 1);
    assert.ok(ssim <= 1);
  }
  assert.is(check.map_changes, check.randomised[4].spearman === null || check.randomised[4].spearman < 0.5);
});

test('groups: mean maps of all predictions by age band and sex', async () => {
  const how = ['--count', '14', '--method', 'grad-cam++', '--group', '--out', inside('groups')];
  const { status, stdout, stderr } = await runCli([...RUN, ...how]);
  assert.is(status, 0, stderr);
  const { subjects, groups } = JSON.parse(stdout);
  const file = inside('groups', groups.file);
  const { tensors } = readWeights(new Uint8Array(readFileSync(file)), file);
  const array = (name: string) => tensors.get(name)?.data ?? new Float32Array();
  const ages = subjects.map(({ age }: { age: number }) => age);
  const everyone = groups.groups.filter(({ sex }: { sex: string | null }) => sex === null);
  assert.is(
    everyone.reduce((sum: number, { pictures }: { pictures: number }) => sum + pictures, 0),
    14,
  );
  assert.is(Math.max(...array('map')), groups.scale);
  for (const [i, { age_from, age_to, sex, pictures, patients, overlay }] of groups.groups.entries()) {
    assert.ok(isPng(readFileSync(inside('groups', overlay))));
    assert.equal([array('age_from')[i], array('age_to')[i], array('pictures')[i]], [age_from, age_to, pictures]);
    assert.is(patients, pictures, 'each made-up patient has one picture');
    const within = subjects.filter((_: unknown, k: number) => ages[k] >= age_from && ages[k] < age_to);
    if (sex === null) assert.is(within.length, pictures);
    const maps = within.map(({ map }: { map: string }) => {
      const bytes = new Uint8Array(readFileSync(inside('groups', map)));
      return readWeights(bytes, 'map.npy').tensors.get('map')?.data;
    });
    if (sex !== null) continue;
    const mean = maps.reduce((sum: number, values: Float32Array) => sum + (values[500] as number), 0) / pictures;
    assert.ok(Math.abs((array('map')[i * 1024 + 500] as number) - mean) < 1e-6, `band from ${age_from}`);
  }
});

test('what cannot be explained ends with one line', async () => {
  const line = async (...args: string[]) => {
    const { status, errors } = await runCli(args);
    assert.is.not(status, 0);
    assert.is(errors.length, 1);
    return errors[0] ?? '';
  };
  assert.match(await line('explain', '--run', inside('none')), /none.config\.yaml: no such file/);
  assert.match(await line(...RUN, '--fold', '1'), /--fold goes with FILES/);
  assert.match(await line(...RUN, '--count', '2', '--out', inside('x'), 'scan.nii'), /--count goes without FILES/);
  assert.match(await line(...RUN, '--group', '--out', inside('x'), 'scan.nii'), /--group goes without FILES/);
  const images = inside('prepared', 'images.safetensors');
  const bytes = readFileSync(images);
  bytes.writeUInt8(1, bytes.length - 1);
  writeFileSync(images, bytes);
  assert.match(await line(...RUN), /images\.safetensors: its sha256 is \w{12}, .*not the pictures it was trained on/);
});

test('more predictions than there are: each once', () => {
  const predictions = [40, 20, 60, 30, 50].map((age, row) => ({ age, row })) as unknown as Prediction[];
  const ages = (count: number) => spreadOverAges(predictions, count).map(({ age }) => age);
  assert.equal(ages(99), [20, 30, 40, 50, 60]);
  assert.equal(ages(3), [20, 40, 60]);
  assert.equal(ages(1), [20]);
});

test.run();

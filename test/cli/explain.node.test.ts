/** Explanations of a run's own predictions. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv } from '../../src/formats/csv.ts';
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
  const images = inside('prepared', 'images.safetensors');
  const bytes = readFileSync(images);
  bytes.writeUInt8(1, bytes.length - 1);
  writeFileSync(images, bytes);
  assert.match(await line(...RUN), /images\.safetensors: its sha256 is \w{12}, .*not the pictures it was trained on/);
});

test.run();

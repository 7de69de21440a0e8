import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readCsv } from '../../src/formats/csv.ts';
import { PERTURBATIONS } from '../../src/preprocess/ct/perturb/perturbations.ts';
import { synthesiseCtCohort } from '../../src/synthetic/ct/cohort.node.ts';
import { PICTURE_PERTURBATIONS } from '../../src/train/validation/picture-perturbations.ts';
import type { Validation } from '../../src/train/validation/results.ts';
import { writeTinyFolder } from '../train/tiny-folder.node.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('validate');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);

/** A finished run of small networks on the pictures in `data`. */
async function trained(data: string, out: string, ...more: string[]): Promise<void> {
  const settings = ['--folds', '2', '--picture', '32', '--epochs', '3', '--batch', '2', '--network', 'resnet20'];
  const { status, stderr } = await runCli([
    'train',
    '--data',
    inside(data),
    '--out',
    inside(out),
    ...settings,
    ...more,
  ]);
  assert.is(status, 0, stderr);
}

const validate = async (...args: string[]) => runCli(['validate', ...args]);
const parsed = (text: string) => JSON.parse(text) as Validation;
const read = (...parts: string[]) => readFileSync(inside(...parts), 'utf8');

test('without scans: pictures are perturbed, predictions and training are had again to the bit', async () => {
  await writeTinyFolder(inside('pictures'), 16);
  await trained('pictures', 'run');
  await writeTinyFolder(inside('elsewhere'), 6, (each, row) => ({ ...each, subject: `e${row}` }));
  const { status, stdout, stderr } = await validate(
    ...['--run', inside('run'), '--external', inside('elsewhere'), '--subjects', '5', '--seeds', '1', '--json'],
  );
  assert.is(status, 0, stderr);
  const { robustness, reproducibility, generalisation } = parsed(stdout);
  assert.equal(parsed(stdout), parsed(read('run', 'validation', 'validation.json')));
  assert.is(robustness.of, 'pictures');
  assert.equal([robustness.studies, robustness.patients], [5, 5]);
  assert.equal(
    robustness.perturbations.map(({ name, strengths }) => [name, strengths.map(({ strength }) => strength)]),
    PICTURE_PERTURBATIONS.map(({ name, strengths }) => [name, strengths]),
  );
  assert.is(robustness.not_applied.length, PERTURBATIONS.length);
  const { predictions, preparation, training, seeds } = reproducibility;
  assert.equal(predictions, { predictions: 16, same_twice: true, same_as_run: 16, largest_difference: 0 });
  const { rows } = readCsv(readFileSync(inside('run', 'predictions.csv')), 'predictions.csv');
  assert.ok(
    rows.every(({ values }) => values.get('sigma') !== values.get('sigma_raw')),
    'σ is recalibrated across the folds',
  );
  assert.is(preparation, null);
  assert.equal([training.epochs, training.same_twice, training.same_losses_as_run], [2, true, true]);
  assert.equal([seeds?.seeds, seeds?.studies, (seeds?.spread.value ?? 0) > 0], [[1, 2], 8, true]);
  assert.equal([generalisation?.pictures, generalisation?.models.length], [6, 3]);
  assert.ok(existsSync(inside('run', 'validation', 'external', 'predictions.csv')));
  assert.match(stderr, /about \d+\.\d min/);
  const table = readCsv(readFileSync(inside('run', 'validation', 'robustness.csv')), 'robustness.csv');
  assert.is(table.rows.length, 5 * (1 + PICTURE_PERTURBATIONS.flatMap(({ strengths }) => strengths).length));
  assert.match(read('run', 'validation', 'validation.html'), /Not done, since they need the scans/);
});

test('the whole training of a fold gives the weights of the run', async () => {
  const { status, stdout, stderr } = await validate(
    ...['--run', inside('run'), '--out', inside('whole'), '--quick', '--subjects', '3', '--full', '--json'],
  );
  assert.is(status, 0, stderr);
  const { training, seeds } = parsed(stdout).reproducibility;
  assert.equal([training.epochs, training.of_epochs, training.same_twice], [3, 3, null]);
  assert.equal([training.same_losses_as_run, training.same_weights_as_run, seeds], [true, true, null]);
  const { weights_sha256 } = JSON.parse(read('run', 'fold-0', 'fold.json'));
  assert.equal(training.weights_sha256, [weights_sha256]);
});

test('with scans: every perturbation goes through preparation and prediction, and is kept for another time', async () => {
  await synthesiseCtCohort({ subjects: 4, seed: 2, out: inside('cohort'), matrix: 32 });
  const prepared = ['prepare', 'ct', '--data', inside('cohort'), '--labels', inside('cohort', 'labels.csv')];
  const { stderr: errors, status: made } = await runCli([...prepared, '--out', inside('prepared')]);
  assert.is(made, 0, errors);
  await trained('prepared', 'scanned', '--set', 'train.validation=0');
  const args = ['--run', inside('scanned'), '--scans', inside('cohort'), '--quick', '--subjects', '3', '--json'];
  const { status, stdout, stderr } = await validate(...args);
  assert.is(status, 0, stderr);
  const { robustness, reproducibility } = parsed(stdout);
  assert.equal([robustness.of, robustness.studies, robustness.left_out], ['scans', 3, []]);
  assert.equal(
    robustness.perturbations.map(({ name, strengths }) => [name, strengths.map(({ strength }) => strength)]),
    PERTURBATIONS.map(({ name, strengths }) => [name, strengths.slice(-1)]),
  );
  assert.equal(reproducibility.preparation, { scans: 3, same_twice: 3, same_as_prepared: 3, other_driver: null });
  const csv = read('scanned', 'validation', 'robustness.csv');
  assert.not.match(csv, /ct-2-000\d/, 'pseudonyms');
  const again = await validate(...args, '--out', inside('again'));
  assert.is(read('again', 'robustness.csv'), csv);
  assert.equal(parsed(again.stdout).robustness, robustness);
});

test('what cannot be done ends with one line', async () => {
  const line = async (...args: string[]) => {
    const { status, errors } = await validate(...args);
    assert.is.not(status, 0);
    assert.is(errors.length, 1);
    return errors[0] ?? '';
  };
  assert.match(await line(), /--run DIR is missing/);
  assert.match(await line('--run', inside('none')), /config\.yaml: no such file/);
  assert.match(
    await line('--run', inside('run'), '--data', inside('elsewhere')),
    /not the data that .* was trained with/,
  );
  assert.match(
    await line('--run', inside('run'), '--scans', inside('cohort')),
    /none of the 16 chosen studies is among the 4 scans given; --scans is the folder/,
  );
  assert.not.ok(existsSync(inside('none')));
});

test.run();

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CsvRow, readCsv } from '../../src/formats/csv.ts';
import { parseConfig } from '../../src/train/config.ts';
import { environmentOf } from '../../src/train/environment.node.ts';
import { readExternalOf } from '../../src/train/external.node.ts';
import { encodeModel, type Member } from '../../src/train/model-file.ts';
import { createNetwork } from '../../src/train/network.ts';
import { RunFolder } from '../../src/train/run-folder.node.ts';
import { testGpu } from '../support/gpu.ts';
import { prediction } from '../train/metrics/example.ts';
import { writeTinyFolder } from '../train/tiny-folder.node.ts';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('evaluate');
const folder = temporaryFolder();
const inside = (...parts: string[]) => path.join(folder, ...parts);
const run = new RunFolder(inside('run'));
const table = (...parts: string[]): CsvRow[] => readCsv(readFileSync(inside(...parts)), 'table').rows;
const numbers = (row: CsvRow, ...columns: string[]) => columns.map((column) => row.requiredNumber(column));

/** A finished run of two untrained networks on patients t0, t1 …, as training would leave it. */
async function writeRun(): Promise<void> {
  const gpu = await testGpu();
  const data = { fingerprint: '', recipe: { recipe: 'tiny' }, found: 8, used: 8, refused: [], synthetic: true };
  await run.begin(parseConfig({ folds: 2, picture: 32 }, 'test'), environmentOf(gpu), data);
  const members: Member[] = [];
  for (const fold of [0, 1]) {
    const network = createNetwork(gpu, 'resnet20', fold);
    const standardisation = { mean: 50 + fold, deviation: 20 };
    members.push({ fold, standardisation, sigmaScale: 1.5, weights: await network.stateDict() });
    network.dispose();
    await run.writeJson({ fold, age_mean: 50 + fold }, `fold-${fold}`, 'fold.json');
  }
  const recipe = { markers: 'band', slab: 10 } as const;
  await run.writeText(
    encodeModel({ network: 'resnet20', side: 32, recipe, synthetic: true, members }),
    'model.safetensors',
  );
  const ages = [30, 40, 50, 60, 70, 80];
  await run.writePredictions(
    ages.map((age, row) => prediction(age, 55 + 0.5 * (age - 55), { subject: `t${row}`, row, fold: row % 2 })),
  );
}

test.before(async () => {
  for (const fold of [0, 1]) mkdirSync(run.file(`fold-${fold}`), { recursive: true });
  await writeRun();
  // The first two patients are the run's; the others' first one has two pictures.
  const outsider = (row: number) => (row < 2 ? `t${row}` : `x${Math.max(row, 3)}`);
  await writeTinyFolder(inside('test-set'), 12, (subject, row) => ({ ...subject, subject: outsider(row) }));
  await writeTinyFolder(inside('no-ages'), 3, (subject, row) => ({ ...subject, subject: `y${row}`, age: null }));
});

test("an external test set: parts of σ, each model and the ensemble, without the run's patients", async () => {
  const { status, stdout, stderr } = await runCli([
    'evaluate',
    '--run',
    run.path,
    '--data',
    inside('test-set'),
    '--json',
  ]);
  assert.is(status, 0, stderr);
  assert.match(stderr, /2 pictures of 2 patients are left out: the run was trained with them/);
  const metrics = JSON.parse(stdout);
  assert.is(metrics.out, run.file('external'));
  assert.equal([metrics.pictures, metrics.patients, metrics.known_ages], [10, 9, 10]);
  const rows = table('run', 'external', 'predictions.csv');
  assert.equal(
    rows.map((row) => row.requiredNumber('row')),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  for (const row of rows) {
    const [mean = 0, sigma = 0, aleatoric = 0, epistemic = 0] = numbers(row, 'mean', 'sigma', 'aleatoric', 'epistemic');
    const [a = 0, b = 0, sa = 0, sb = 0] = numbers(row, 'fold_0_mean', 'fold_1_mean', 'fold_0_sigma', 'fold_1_sigma');
    const [raw = 0, ra = 0] = numbers(row, 'sigma_raw', 'fold_0_sigma_raw');
    for (const [value, expected] of [
      [mean, (a + b) / 2],
      [aleatoric ** 2, (sa ** 2 + sb ** 2) / 2],
      [epistemic ** 2, ((a - b) / 2) ** 2],
      [sigma ** 2, aleatoric ** 2 + epistemic ** 2],
      [raw ** 2, (aleatoric / 1.5) ** 2 + epistemic ** 2],
      [sa, 1.5 * ra],
    ] as const)
      assert.ok(Math.abs(value - expected) < 1e-4 * (1 + expected), `${value} for ${expected}`);
  }
  const mae = (column: string) =>
    rows.reduce((sum, row) => sum + Math.abs(row.requiredNumber(column) - row.requiredNumber('age')), 0) / rows.length;
  const models = table('run', 'external', 'models.csv');
  assert.equal(
    models.map((row) => row.text('model')),
    ['fold 0', 'fold 1', 'ensemble'],
  );
  models.forEach((row, i) => {
    const expected = mae(['fold_0_mean', 'fold_1_mean', 'mean'][i] as string);
    assert.ok(Math.abs(row.requiredNumber('mae') - expected) < 1e-9);
  });
  assert.is(metrics.ensemble.mae.value, metrics.models[2].mae.value);
  assert.is(metrics.ensemble.age_gap.fitted_on, "the run's out-of-fold predictions");
  const [line] = metrics.ensemble.age_gap.lines;
  assert.ok(Math.abs(line.slope + 0.5) < 1e-9 && line.fold === null && line.pictures === 6);
});

test('what was found is read back as it was', async () => {
  const stored = JSON.parse(readFileSync(run.file('external', 'metrics.json'), 'utf8'));
  const read = await readExternalOf(run);
  assert.equal(JSON.parse(JSON.stringify(read?.metrics)), stored);
  assert.is(read?.predictions[0]?.members.length, 2);
});

test('without ages there are predictions alone', async () => {
  const out = inside('predicted');
  const { status, stdout, stderr } = await runCli([
    'evaluate',
    '--run',
    run.path,
    '--data',
    inside('no-ages'),
    '--out',
    out,
  ]);
  assert.is(status, 0, stderr);
  assert.match(stdout, /3 pictures of 3 patients, no age is known: predictions alone\n.*aleatoric \d.*epistemic \d/);
  assert.equal(readdirSync(out).sort(), ['external.json', 'metrics.json', 'predictions.csv']);
  assert.is(JSON.parse(readFileSync(path.join(out, 'metrics.json'), 'utf8')).ensemble, null);
  assert.is(table('predicted', 'predictions.csv')[0]?.text('age'), '');
});

test('runs on the same data are judged together: their predictions averaged, σ without what lies between them', async () => {
  const other = new RunFolder(inside('other'));
  const facts = JSON.parse(readFileSync(run.file('data.json'), 'utf8'));
  await other.begin(parseConfig({ folds: 2, picture: 32, seed: 2 }, 'test'), environmentOf(await testGpu()), facts);
  const before = await run.readPredictions();
  await other.writePredictions(before.map((each) => ({ ...each, mean: each.mean + 2, sigma: 5, fold: 1 - each.fold })));
  const { status, stdout, stderr } = await runCli([
    'evaluate',
    '--run',
    run.path,
    '--with',
    other.path,
    '--out',
    inside('both'),
    '--json',
  ]);
  assert.is(status, 0, stderr);
  const metrics = JSON.parse(stdout);
  assert.equal([metrics.out, metrics.pictures], [inside('both'), 6]);
  table('both', 'predictions.csv').forEach((row, i) => {
    const { mean, fold } = before[i] as (typeof before)[number];
    assert.ok(Math.abs(row.requiredNumber('mean') - (mean + 1)) < 1e-5);
    assert.ok(Math.abs(row.requiredNumber('sigma') ** 2 - ((16 + 25) / 2 - 1)) < 1e-4);
    assert.ok(Math.abs(row.requiredNumber('sigma_raw') ** 2 - (4 + 1)) < 1e-5);
    assert.is(row.requiredNumber('fold'), fold);
  });
  const errors = before.map(({ mean, age }) => Math.abs(mean + 1 - age));
  assert.ok(Math.abs(metrics.mae.value - errors.reduce((a, b) => a + b) / 6) < 1e-5);
  const line = async (...args: string[]) => (await runCli(['evaluate', '--run', run.path, ...args])).errors.join();
  assert.match(await line('--with', run.path), /named twice/);
  assert.match(await line('--with', other.path, '--data', inside('test-set')), /--data has its own ensemble/);
  assert.equal(JSON.parse(readFileSync(inside('both', 'together.json'), 'utf8')).seeds, [1, 2]);
  assert.match(await line('--with', path.join(run.path, '..', path.basename(run.path))), /named twice/);
  // An evaluated run has a metrics.json as well; its predictions must not be replaced.
  assert.is((await runCli(['evaluate', '--run', other.path])).status, 0);
  assert.match(await line('--with', other.path, '--out', other.path), /holds other files \(no together\.json\)/);
  assert.equal(
    await other.readPredictions(),
    before.map((each) => ({ ...each, mean: each.mean + 2, sigma: 5, fold: 1 - each.fold })),
  );
  await other.writeJson({ ...facts, fingerprint: 'another' }, 'data.json');
  assert.match(await line('--with', other.path), /trained with other data than/);
});

test('ages that are unknown are refused for training', async () => {
  const { status, errors } = await runCli([
    'train',
    '--data',
    inside('no-ages'),
    '--picture',
    '32',
    '--folds',
    '2',
    '--dry-run',
  ]);
  assert.is(status, 1);
  assert.match(errors.join(), /line 2: age is empty; prepare training data without --unknown-ages/);
});

test('what cannot be judged ends with one line', async () => {
  const line = async (...args: string[]) => {
    const { status, errors } = await runCli(['evaluate', '--run', run.path, ...args]);
    assert.is.not(status, 0);
    assert.is(errors.length, 1);
    return errors[0] ?? '';
  };
  await writeTinyFolder(inside('own'), 4);
  assert.match(await line('--data', inside('own')), /all 4 patients are ones that .*run was trained with/);
  const facts = JSON.parse(readFileSync(inside('no-ages', 'prepare.json'), 'utf8'));
  writeFileSync(inside('no-ages', 'prepare.json'), JSON.stringify({ ...facts, recipe: { recipe: 'tiny', slab: 20 } }));
  assert.match(
    await line('--data', inside('no-ages')),
    /made with slab 20, those of .* with unknown; prepare them alike/,
  );
  assert.match(await line('--data', inside('test-set'), '--out', run.path), /holds other files \(no external\.json\)/);
  assert.match(await line('--out', inside('x')), /--out belongs to --data or --with/);
  assert.match(await line('--data', inside('nowhere')), /nowhere.prepare\.json: no such file/);
  assert.not.ok(existsSync(inside('x')));
});

test.run();

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Prediction } from '../../../src/train/metrics.ts';
import { writeReport } from '../../../src/train/report/from-run.node.ts';
import { type FoldFacts, RunFolder } from '../../../src/train/run-folder.node.ts';
import { example } from './example.ts';
import { table } from './read-page.ts';

const test = suite('report of a run folder');
const folder = mkdtempSync(path.join(os.tmpdir(), 'agelens-report-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const data = example({ folds: 3, subjects: 24 });

/** A run folder as the first version left it: no keys and files but those it knew. `finished`: the folds that are. */
async function writeRun(name: string, finished: readonly number[]): Promise<RunFolder> {
  const run = new RunFolder(path.join(folder, name));
  const { fingerprint, recipe, found, used, refused, synthetic } = data.data;
  await run.begin(data.config, data.environment, { fingerprint, recipe, found, used, refused, synthetic });
  for (const fold of finished) {
    await mkdir(run.file(run.folder(fold)), { recursive: true });
    const of = <Row extends { fold: number }>(rows: readonly Row[]) => rows.filter((row) => row.fold === fold);
    await run.writePredictions(of(data.predictions), run.folder(fold));
    await run.writeHistory(of(data.history), run.folder(fold));
    const { epochs: _, run_sha256: __, ...facts } = data.folds[fold] as FoldFacts & Record<string, unknown>;
    await run.writeJson(facts, run.folder(fold), 'fold.json');
  }
  if (finished.length === data.folds.length) {
    await run.writePredictions(data.predictions);
    await run.writeHistory(data.history);
  }
  return run;
}

const pageOf = async (run: RunFolder): Promise<string> => readFileSync(await writeReport(run.path), 'utf8');

test('a run of the first version, with nothing but its own files', async () => {
  const page = await pageOf(await writeRun('early', [0, 1, 2]));
  assert.match(page, /Report of the run “early”/);
  assert.not.match(page, /NaN|undefined|\[object/);
  assert.is(table(page, 'All 24 out-of-fold').length, 25);
});

test('the page agrees with metrics.json beside it', async () => {
  const run = await writeRun('metrics', [0, 1, 2]);
  const page = await pageOf(run);
  const metrics = await run.readJson<{ mae: { value: number } }>('metrics.json');
  assert.is(table(page, 'Accuracy of')[1]?.[1], metrics.mae.value.toFixed(2));
});

test('an unfinished run is reported as far as it is, and stays unfinished', async () => {
  const run = await writeRun('unfinished', [1]);
  const page = await pageOf(run);
  assert.match(page, /1 of 3 folds finished/);
  assert.match(page, /The run is not finished: only 1 of 3 folds/);
  const own: Prediction[] = data.predictions.filter(({ fold }) => fold === 1);
  assert.is(table(page, `All ${own.length} out-of-fold`).length, own.length + 1);
  assert.not.ok(existsSync(run.file('predictions.csv')));
  assert.not.ok(existsSync(run.file('metrics.json')));
});

test('a run without a finished fold is refused', async () => {
  const run = await writeRun('begun', []);
  await writeReport(run.path).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /none of its 3 folds is finished/),
  );
});

test.run();

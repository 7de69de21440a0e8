/** An external test set: pictures of patients that a run has not seen, by each fold's model and by all of them together. */
import { existsSync } from 'node:fs';
import type { Gpu } from '../gpu/index.ts';
import { UserError } from '../util/errors.ts';
import { checkReplaceable, writeFolder } from '../util/folder.node.ts';
import { type Dataset, loadTestSet } from './dataset.node.ts';
import {
  EXTERNAL_MARKER,
  type ExternalResult,
  readExternal,
  readExternalFacts,
  writeExternal,
} from './external-folder.node.ts';
import { gather } from './gather.node.ts';
import { fitGapLine } from './metrics/age-gap.ts';
import { type ExternalPrediction, externalMetrics, type RunBackground } from './metrics/external.ts';
import { readModelFile } from './model-file.node.ts';
import type { AgeModel } from './model-file.ts';
import { type Pictures, pictureAt } from './pictures.ts';
import { Predictor } from './predict.ts';
import type { DataFacts, RunFolder } from './run-folder.node.ts';
import type { TestSubject } from './subjects.ts';

export interface ExternalHooks {
  /** Before each model's turn, and when all are done. */
  onModel(done: number): void;
  note(line: string): void;
  signal: AbortSignal;
}

/** Where a run keeps the evaluation on an external test set. */
export const externalFolder = (run: RunFolder): string => run.file('external');

async function backgroundOf(run: RunFolder, folds: readonly number[]): Promise<RunBackground> {
  const { seed } = await run.readConfig();
  const facts = await Promise.all(folds.map((fold) => run.foldFacts(fold)));
  return {
    trainingMeans: new Map(facts.map(({ fold, age_mean }) => [fold, age_mean])),
    line: fitGapLine(await run.readPredictions(), null),
    seed,
  };
}

/** @throws UserError where the pictures were made in another way than those the run was trained with */
async function checkRecipe(run: RunFolder, data: string, { recipe }: Dataset<TestSubject>): Promise<void> {
  const { recipe: own } = await run.readJson<DataFacts>('data.json');
  const key = [...new Set([...Object.keys(own), ...Object.keys(recipe)])].find((each) => own[each] !== recipe[each]);
  if (key === undefined) return;
  throw new UserError(
    `${data}: its pictures were made with ${key} ${recipe[key] ?? 'unknown'}, those of ${run.path} with ${own[key] ?? 'unknown'}; prepare them alike`,
  );
}

/** Rows of patients that the run has not seen. */
async function unseenRows(run: RunFolder, { subjects }: Dataset<TestSubject>): Promise<number[]> {
  const seen = new Set((await run.readPredictions()).map(({ subject }) => subject));
  return subjects.flatMap(({ subject }, row) => (seen.has(subject) ? [] : [row]));
}

function selected(pictures: Pictures, rows: readonly number[]): Pictures {
  const { side } = pictures;
  const data = new Float32Array(rows.length * side * side);
  rows.forEach((row, i) => {
    data.set(pictureAt(pictures, row), i * side * side);
  });
  return { data, count: rows.length, side };
}

async function predict(
  gpu: Gpu,
  model: AgeModel,
  { pictures, subjects }: Dataset<TestSubject>,
  rows: readonly number[],
  batch: number,
  { onModel, signal }: ExternalHooks,
): Promise<ExternalPrediction[]> {
  const predictor = new Predictor(gpu, model);
  try {
    const predicted = await predictor.predictAll(selected(pictures, rows), batch, (done) => {
      signal.throwIfAborted();
      onModel(done);
    });
    onModel(model.members.length);
    return predicted.map(({ age: mean, ...prediction }, i) => {
      const row = rows[i] as number;
      return { ...(subjects[row] as TestSubject), row, mean, ...prediction };
    });
  } finally {
    predictor.release();
  }
}

/**
 * Predicts the pictures of a prepared folder with a run's models and writes what came out into the folder `out`. Patients
 * of the run, whom most of its models were trained with, are left out. Gathers the run's folds where that is left.
 * @throws UserError when the run is not finished, the pictures were made in another way, or no patient is left
 */
export async function evaluateExternal(
  gpu: Gpu,
  run: RunFolder,
  data: string,
  out: string,
  hooks: ExternalHooks,
): Promise<ExternalResult> {
  await checkReplaceable(out, EXTERNAL_MARKER);
  if (!existsSync(run.file('model.safetensors'))) await gather(run);
  const model = await readModelFile(run.file('model.safetensors'));
  const dataset = await loadTestSet(data, model.side);
  await checkRecipe(run, data, dataset);
  const rows = await unseenRows(run, dataset);
  const excluded = excludedOf(dataset, rows);
  if (rows.length === 0)
    throw new UserError(`${data}: all ${excluded.patients} patients are ones that ${run.path} was trained with`);
  if (excluded.pictures > 0)
    hooks.note(
      `${excluded.pictures} pictures of ${excluded.patients} patients are left out: the run was trained with them`,
    );
  const { train } = await run.readConfig();
  const predictions = await predict(gpu, model, dataset, rows, train.batch, hooks);
  const { fingerprint, recipe } = dataset;
  const facts = { fingerprint, recipe, excluded, folds: model.members.map(({ fold }) => fold) };
  const background = await backgroundOf(run, facts.folds);
  const result = { facts, predictions, metrics: externalMetrics(predictions, excluded, background) };
  await writeFolder(out, EXTERNAL_MARKER, (folder) => writeExternal(folder, result, background));
  return result;
}

function excludedOf({ subjects }: Dataset<TestSubject>, rows: readonly number[]): ExternalResult['facts']['excluded'] {
  const kept = new Set(rows);
  const out = subjects.filter((_, row) => !kept.has(row));
  return { pictures: out.length, patients: new Set(out.map(({ subject }) => subject)).size };
}

/** What was found on the run's external test set; null where there was none. */
export async function readExternalOf(run: RunFolder): Promise<ExternalResult | null> {
  const folder = externalFolder(run);
  if (!existsSync(folder)) return null;
  const { folds } = await readExternalFacts(folder);
  return readExternal(folder, await backgroundOf(run, folds));
}

import { existsSync } from 'node:fs';
import { UserError } from '../util/errors.ts';
import type { EpochRow } from './checkpoint.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.node.ts';
import { EXPLAIN_FILE } from './explain.node.ts';
import type { Explanations } from './explain-file.ts';
import { readExternalOf } from './external.node.ts';
import type { ExternalResult } from './external-folder.node.ts';
import { gather } from './gather.node.ts';
import { ageGaps, correctionAcrossFolds } from './metrics/age-gap.ts';
import { recalibrated } from './metrics/sigma-scale.ts';
import { evaluationTables } from './metrics/tables.ts';
import { type Metrics, metricsOf, type Prediction } from './metrics.ts';
import { type DataFacts, type FoldFacts, RunFolder } from './run-folder.node.ts';
import type { Validation } from './validation/results.ts';

/** Everything a report shows of a run. */
export interface RunResults {
  /** The run folder. */
  run: string;
  config: Config;
  environment: Environment;
  data: DataFacts;
  /** Those that are finished; factors on σ after recalibration across folds. */
  folds: FoldFacts[];
  history: EpochRow[];
  /** Out of fold, in the order of the data set's table. */
  predictions: Prediction[];
  metrics: Metrics;
  /** On an external test set; null where there was none. */
  external: ExternalResult | null;
  /** Null where nothing was explained. */
  explanations: Explanations | null;
  /** Of `agelens validate`; null where it was not run. */
  validation: Validation | null;
  /** Names and seconds of the phases, where they were measured. */
  phases: [string, number][];
}

/**
 * A run's out-of-fold predictions, in the order of its data; gathers the folds where that is left.
 * @throws UserError when a fold is missing
 */
export async function outOfFold(run: RunFolder): Promise<Prediction[]> {
  if (!existsSync(run.file('predictions.csv'))) await gather(run);
  return run.readPredictions();
}

/** Computes metrics.json and its tables (subgroups.csv, calibration.csv, sigma-bins.csv, age-gap.csv) and writes them. */
export async function writeEvaluation(
  folder: RunFolder,
  predictions: readonly Prediction[],
  seed: number,
): Promise<Metrics> {
  const correction = correctionAcrossFolds(predictions);
  const metrics = metricsOf(predictions, seed, correction);
  await folder.writeJson(metrics, 'metrics.json');
  for (const [name, table] of evaluationTables(metrics, predictions, ageGaps(predictions, correction)))
    await folder.writeText(table, name);
  return metrics;
}

/** Judges a run's out-of-fold predictions. @throws UserError when a fold is missing */
export async function evaluateRun(run: RunFolder): Promise<Metrics> {
  const { seed } = await run.readConfig();
  return writeEvaluation(run, await outOfFold(run), seed);
}

/** @throws UserError when no fold is finished */
async function finishedFolds(run: RunFolder, count: number): Promise<FoldFacts[]> {
  const finished = Array.from({ length: count }, (_, fold) => fold).filter((fold) => run.foldFinished(fold));
  if (finished.length === 0)
    throw new UserError(`${run.path}: none of its ${count} folds is finished; go on with agelens train --resume`);
  return Promise.all(finished.map((fold) => run.readJson<FoldFacts>(run.folder(fold), 'fold.json')));
}

/** What the finished folds of an unfinished run have predicted; nothing is written. */
async function partResults(
  run: RunFolder,
  folds: readonly FoldFacts[],
  seed: number,
): Promise<Pick<RunResults, 'metrics' | 'history' | 'predictions'>> {
  const found = (await Promise.all(folds.map(({ fold }) => run.readPredictions(run.folder(fold))))).flat();
  const { predictions } = recalibrated(folds, found);
  predictions.sort((a, b) => a.row - b.row);
  const history = (await Promise.all(folds.map(({ fold }) => run.readHistory(run.folder(fold))))).flat();
  return { metrics: metricsOf(predictions, seed, correctionAcrossFolds(predictions)), history, predictions };
}

async function wholeResults(run: RunFolder): Promise<Pick<RunResults, 'metrics' | 'history' | 'predictions'>> {
  const metrics = await evaluateRun(run);
  return { metrics, history: await run.readHistory(), predictions: await run.readPredictions() };
}

/**
 * Reads a run, whole or as far as its folds are finished; its metrics are computed anew.
 * @throws UserError when no fold is finished
 */
export async function readRunResults(folder: string): Promise<RunResults> {
  const run = new RunFolder(folder);
  const config = await run.readConfig();
  const folds = await finishedFolds(run, config.folds);
  const results = folds.length === config.folds ? await wholeResults(run) : await partResults(run, folds, config.seed);
  const optional = <T>(fallback: T, ...parts: string[]): Promise<T> =>
    existsSync(run.file(...parts)) ? run.readJson<T>(...parts) : Promise.resolve(fallback);
  return {
    run: folder,
    config,
    environment: await run.readJson<Environment>('environment.json'),
    data: await run.readJson<DataFacts>('data.json'),
    folds: recalibrated(folds, results.predictions).folds,
    ...results,
    external: await readExternalOf(run),
    explanations: await optional<Explanations | null>(null, 'explanations', EXPLAIN_FILE),
    validation: await optional<Validation | null>(null, 'validation', 'validation.json'),
    phases: await optional<[string, number][]>([], 'phases.json'),
  };
}

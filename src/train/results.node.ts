import { existsSync } from 'node:fs';
import type { EpochRow } from './checkpoint.ts';
import type { Config } from './config.ts';
import type { Environment } from './environment.node.ts';
import { EXPLAIN_FILE } from './explain.node.ts';
import type { Explanations } from './explain-file.ts';
import { ageGaps, correctionAcrossFolds } from './metrics/age-gap.ts';
import { evaluationTables } from './metrics/tables.ts';
import { type Metrics, metricsOf, type Prediction } from './metrics.ts';
import { type DataFacts, type FoldFacts, RunFolder } from './run-folder.node.ts';

/** Everything a report shows of a finished run. */
export interface RunResults {
  /** The run folder. */
  run: string;
  config: Config;
  environment: Environment;
  data: DataFacts;
  folds: FoldFacts[];
  history: EpochRow[];
  /** Out of fold, in the order of the data set's table. */
  predictions: Prediction[];
  metrics: Metrics;
  /** Null where nothing was explained. */
  explanations: Explanations | null;
  /** Names and seconds of the phases, where they were measured. */
  phases: [string, number][];
}

/**
 * Computes metrics.json and its tables (subgroups.csv, calibration.csv, sigma-bins.csv, age-gap.csv) from predictions.csv.
 * @throws UserError when the run is not finished
 */
export async function evaluateRun(run: RunFolder): Promise<Metrics> {
  const config = await run.readConfig();
  const predictions = await run.readPredictions();
  const correction = correctionAcrossFolds(predictions);
  const metrics = metricsOf(predictions, config.seed, correction);
  await run.writeJson(metrics, 'metrics.json');
  for (const [name, table] of evaluationTables(metrics, predictions, ageGaps(predictions, correction)))
    await run.writeText(table, name);
  return metrics;
}

/** Reads a finished run; its metrics are computed anew. */
export async function readRunResults(folder: string): Promise<RunResults> {
  const run = new RunFolder(folder);
  const config = await run.readConfig();
  const optional = <T>(fallback: T, ...parts: string[]): Promise<T> =>
    existsSync(run.file(...parts)) ? run.readJson<T>(...parts) : Promise.resolve(fallback);
  return {
    run: folder,
    config,
    environment: await run.readJson<Environment>('environment.json'),
    data: await run.readJson<DataFacts>('data.json'),
    folds: await Promise.all(
      Array.from({ length: config.folds }, (_, fold) => run.readJson<FoldFacts>(run.folder(fold), 'fold.json')),
    ),
    history: await run.readHistory(),
    predictions: await run.readPredictions(),
    metrics: await evaluateRun(run),
    explanations: await optional<Explanations | null>(null, 'explanations', EXPLAIN_FILE),
    phases: await optional<[string, number][]>([], 'phases.json'),
  };
}

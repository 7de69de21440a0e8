/** What a validation starts from: a finished run, its data and networks, and what the user asks for. */
import type { Studies } from '../../formats/studies.ts';
import type { Gpu } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import type { Config } from '../config.ts';
import { type Dataset, loadDataset } from '../dataset.node.ts';
import type { Environment } from '../environment.node.ts';
import type { Labels } from '../labels.ts';
import type { Prediction } from '../metrics.ts';
import { readModelFile } from '../model-file.node.ts';
import type { AgeModel } from '../model-file.ts';
import { type DataFacts, RunFolder } from '../run-folder.node.ts';

export interface ValidateOptions {
  run: string;
  /** Folder for the results. */
  out: string;
  /** Where the run's prepared data lie now; null where its settings say. */
  data: string | null;
  /** The scans that the data were prepared from; null where they are not at hand. */
  scans: Studies | null;
  /** The label table that the preparation had. */
  labels: Labels | null;
  /** Prepared data of an external test set; null where there are none. */
  external: string | null;
  /** How many patients to draw for the perturbations. */
  subjects: number;
  /** Only the largest strength of each perturbation. */
  quick: boolean;
  /** Trainings with other seeds. */
  seeds: number;
  /** Whether to train wholly where a beginning would do. */
  full: boolean;
}

export interface ValidateHooks {
  note(line: string): void;
  progress(label: string, total: number): { update(done: number, text?: string): void; end(text?: string): void };
  signal: AbortSignal;
}

export interface Given {
  gpu: Gpu;
  options: ValidateOptions;
  hooks: ValidateHooks;
  run: RunFolder;
  config: Config;
  model: AgeModel;
  /** Folder of the prepared data. */
  data: string;
  dataset: Dataset;
  predictions: Prediction[];
  /** Driver of the run where it is another one than now. */
  otherDriver: string | null;
}

/** @throws UserError when the run is not finished, or its data are not there */
export async function openGiven(gpu: Gpu, options: ValidateOptions, hooks: ValidateHooks): Promise<Given> {
  const run = new RunFolder(options.run);
  const config = await run.readConfig();
  const model = await readModelFile(run.file('model.safetensors'));
  const data = options.data ?? config.data;
  const dataset = await loadDataset(data, config.picture);
  const { fingerprint } = await run.readJson<DataFacts>('data.json');
  if (dataset.fingerprint !== fingerprint)
    throw new UserError(`${data}: not the data that ${options.run} was trained with; give their folder with --data`);
  const { adapter } = await run.readJson<Environment>('environment.json');
  const otherDriver = adapter.driver === gpu.info.driver ? null : adapter.driver;
  const predictions = await run.readPredictions();
  return { gpu, options, hooks, run, config, model, data, dataset, predictions, otherDriver };
}

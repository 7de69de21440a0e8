/** Explanations of a run's own out-of-fold predictions. */
import path from 'node:path';
import type { Gpu } from '../gpu/index.ts';
import { UserError } from '../util/errors.ts';
import { Explainer, type ExplainOptions } from './explain.node.ts';
import type { ExplanationEntry, Explanations } from './explain-file.ts';
import { GroupMaps } from './explain-groups.ts';
import type { Prediction } from './metrics.ts';
import { readModelFile } from './model-file.node.ts';
import { fileSha256, readPictures } from './pictures-file.node.ts';
import { Predictor, type PreparedPicture } from './predict.ts';
import { type DataFacts, RunFolder } from './run-folder.node.ts';

export interface ExplainRunOptions extends ExplainOptions {
  /** Folder for the files; `explanations` in the run's where left out. */
  out?: string | undefined;
  /** How many predictions are shown, spread evenly over the ages. */
  count: number;
  /** Whether all are explained, for mean maps by age band and sex. */
  group: boolean;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

/** Predictions spread evenly over the ages, youngest and oldest included. */
export function spreadOverAges(predictions: readonly Prediction[], count: number): Prediction[] {
  const sorted = [...predictions].sort((a, b) => a.age - b.age || a.row - b.row);
  const shown = Math.min(count, sorted.length);
  const places = Array.from({ length: shown }, (_, i) =>
    Math.round((i * (sorted.length - 1)) / Math.max(1, shown - 1)),
  );
  return places.map((place) => sorted[place] as Prediction);
}

/** The run's pictures. @throws UserError when they are not those that it was trained on */
async function picturesFile(run: RunFolder): Promise<string> {
  const { data } = await run.readConfig();
  const { fingerprint } = await run.readJson<DataFacts>('data.json');
  const file = path.join(data, 'images.safetensors');
  const sha256 = await fileSha256(file).catch(() => {
    throw new UserError(`${file}: no such file; the run's pictures are needed to explain what it says of them`);
  });
  if (fingerprint.startsWith(sha256)) return file;
  throw new UserError(
    `${file}: its sha256 is ${sha256.slice(0, 12)}, that of the run's data ${fingerprint.slice(0, 12)}; these are not the pictures it was trained on`,
  );
}

/**
 * Explains out-of-fold predictions of a finished run, each by the network that made it: no network explains a patient whom it
 * was trained on. One picture after another is in memory.
 */
export async function explainRun(gpu: Gpu, run: RunFolder, options: ExplainRunOptions): Promise<Explanations> {
  const { out, count, group, signal, onProgress, ...how } = options;
  const predictions = await run.readPredictions();
  const chosen = spreadOverAges(predictions, count);
  const byRow = new Map((group ? predictions : chosen).map((each) => [each.row, each]));
  const pictures = await picturesFile(run);
  const predictor = new Predictor(gpu, await readModelFile(run.file('model.safetensors')));
  const explainer = new Explainer(gpu, predictor, new RunFolder(out ?? run.file('explanations')), how);
  const entries = new Map<Prediction, ExplanationEntry>();
  const groups = group ? new GroupMaps() : null;
  let done = 0;

  async function explain(prediction: Prediction, prepared: PreparedPicture): Promise<void> {
    const { subject, row, fold, age, mean, sigma } = prediction;
    const explained = { name: `row-${row}`, fold, row, prepared };
    const map = await explainer.map(explained);
    groups?.add(prediction, map, prepared.picture);
    if (chosen.includes(prediction))
      entries.set(prediction, { subject, row, fold, age, mean, sigma, ...(await explainer.write(explained, map)) });
    onProgress?.(++done, byRow.size);
  }

  try {
    await readPictures(pictures, async (picture, row, { side }) => {
      signal?.throwIfAborted();
      const prediction = byRow.get(row);
      if (prediction) await explain(prediction, { picture, side, warnings: [] });
    });
    const shown = chosen.map((each) => entries.get(each)).filter((each) => each !== undefined);
    return await explainer.finish(shown, groups?.groups());
  } finally {
    explainer.release();
    predictor.release();
  }
}

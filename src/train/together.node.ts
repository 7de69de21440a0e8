/** Runs on the same data, by other seeds or with other settings, judged together: repeated cross-validation. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { UserError } from '../util/errors.ts';
import { together } from './metrics/together.ts';
import type { Metrics, Prediction } from './metrics.ts';
import { outOfFold, writeEvaluation } from './results.node.ts';
import { type DataFacts, RunFolder } from './run-folder.node.ts';

/**
 * Averages the out-of-fold predictions of runs, each by models that never saw the patient, and writes predictions.csv,
 * metrics.json and its tables into `out`.
 * @throws UserError when a run is not finished, is named twice, or was trained with other data than the first
 */
export async function evaluateTogether(runs: readonly RunFolder[], out: string): Promise<Metrics> {
  const [first] = runs as [RunFolder];
  if (existsSync(out) && !existsSync(new RunFolder(out).file('metrics.json')))
    throw new UserError(`${out}: it is there already, and holds no metrics.json; use another --out`);
  const { fingerprint } = await first.readJson<DataFacts>('data.json');
  const members: Prediction[][] = [];
  for (const [i, run] of runs.entries()) {
    if (runs.findIndex(({ path }) => path === run.path) !== i)
      throw new UserError(`${run.path}: it is named twice; a run and itself say no more together`);
    const data = await run.readJson<DataFacts>('data.json');
    if (data.fingerprint !== fingerprint)
      throw new UserError(`${run.path}: it was trained with other data than ${first.path}; runs together share theirs`);
    members.push(await outOfFold(run));
  }
  const predictions = (members[0] ?? []).map((_, i) => together(members.map((each) => each[i] as Prediction)));
  await mkdir(out, { recursive: true });
  const folder = new RunFolder(out);
  await folder.writePredictions(predictions);
  return writeEvaluation(folder, predictions, (await first.readConfig()).seed);
}

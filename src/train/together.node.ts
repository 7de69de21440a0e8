/** Runs on the same data, by other seeds or with other settings, judged together: repeated cross-validation. */
import path from 'node:path';
import { UserError } from '../util/errors.ts';
import { checkReplaceable, writeFolder } from '../util/folder.node.ts';
import { together } from './metrics/together.ts';
import type { Metrics, Prediction } from './metrics.ts';
import { outOfFold, writeEvaluation } from './results.node.ts';
import { type DataFacts, RunFolder } from './run-folder.node.ts';

/** By this file such a folder is known. It says what data the runs share, and their seeds. */
const TOGETHER_MARKER = 'together.json';

/**
 * Averages the out-of-fold predictions of runs, each by models that never saw the patient, and writes together.json,
 * predictions.csv, metrics.json and its tables into `out`, wholly or not at all.
 * @throws UserError when a run is not finished, is named twice, or was trained with other data than the first, or `out` holds
 *   something else
 */
export async function evaluateTogether(runs: readonly RunFolder[], out: string): Promise<Metrics> {
  const [first] = runs;
  if (!first) throw new RangeError('no run to judge');
  await checkReplaceable(out, TOGETHER_MARKER);
  const { fingerprint } = await first.readJson<DataFacts>('data.json');
  const places = runs.map((run) => path.resolve(run.path));
  const [seeds, members]: [number[], Prediction[][]] = [[], []];
  for (const [i, run] of runs.entries()) {
    if (places.indexOf(places[i] as string) !== i)
      throw new UserError(`${run.path}: it is named twice; a run and itself say no more together`);
    const data = await run.readJson<DataFacts>('data.json');
    if (data.fingerprint !== fingerprint)
      throw new UserError(`${run.path}: it was trained with other data than ${first.path}; runs together share theirs`);
    seeds.push((await run.readConfig()).seed);
    members.push(await outOfFold(run));
  }
  const predictions = (members[0] ?? []).map((_, i) => together(members.map((each) => each[i] as Prediction)));
  return writeFolder(out, TOGETHER_MARKER, async (temporary) => {
    const folder = new RunFolder(temporary);
    await folder.writePredictions(predictions);
    await folder.writeJson({ fingerprint, seeds }, TOGETHER_MARKER);
    return writeEvaluation(folder, predictions, seeds[0] as number);
  });
}

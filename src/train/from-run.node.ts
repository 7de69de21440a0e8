/** Fine-tuning: folds that start from the networks of another run, none of which has seen what it is judged by. */
import { createHash } from 'node:crypto';
import { UserError } from '../util/errors.ts';
import type { Config } from './config.ts';
import type { Dataset } from './dataset.node.ts';
import { type Split, splitAll } from './folds.ts';
import { memberOf } from './gather.node.ts';
import { type DataFacts, type FoldFacts, RunFolder } from './run-folder.node.ts';
import type { Start } from './start.node.ts';

/**
 * The networks of the folds of another run, by which the folds of this one start: fold k from fold k.
 * @throws UserError when one of them is missing, another network, or was made with patients of this run's test or
 *   validation part of the fold
 */
export async function startFromRun(
  folder: string,
  { config, dataset, splits }: { config: Config; dataset: Dataset; splits: readonly Split[] },
): Promise<Start> {
  const run = new RunFolder(folder);
  const before = await run.readConfig();
  if (before.model.name !== config.model.name)
    throw new UserError(`${folder}: its networks are ${before.model.name}, model.name is ${config.model.name}`);
  if (before.folds !== config.folds)
    throw new UserError(
      `${folder}: it has ${before.folds} folds, this run ${config.folds}; they start one from another`,
    );
  const facts = await Promise.all(splits.map((_, fold) => run.foldFacts(fold)));
  const { fingerprint } = await run.readJson<DataFacts>('data.json');
  const same = fingerprint === dataset.fingerprint;
  const seen = same ? seenInSameData(dataset, before) : await seenInOtherData(run, before);
  splits.forEach((split, fold) => {
    expectUnseen(`${folder}, fold ${fold}`, split, dataset, seen[fold] as Seen, before);
  });
  const strangers = !same && !anyKnown(dataset, seen);
  return {
    file: folder,
    sha256: createHash('sha256')
      .update(facts.map(({ weights_sha256 }) => weights_sha256).join('\n'))
      .digest('hex'),
    notes: strangers
      ? [
          'it knows no patient of these data by the same pseudonym; make sure that none is among those it was trained on',
        ]
      : [],
    stateOf: async (fold) => (await memberOf(run, facts[fold] as FoldFacts)).weights,
  };
}

/** Patients of a run that must not be in a part of a fold which starts from its network. */
interface Seen {
  /** Trained on, or used to choose weights and scale σ. */
  test: ReadonlySet<string>;
  /** Trained on. */
  validation: ReadonlySet<string>;
}

function seenInSameData(dataset: Dataset, before: Config): Seen[] {
  return splitAll(dataset, before).map(({ training, validation }) => ({
    test: patientsOf([...training, ...validation], dataset),
    validation: patientsOf(training, dataset),
  }));
}

/** In other data: which patients were validation ones is unknown, so that all outside the test fold count as trained on. */
async function seenInOtherData(run: RunFolder, { folds }: Config): Promise<Seen[]> {
  const numbers = Array.from({ length: folds }, (_, fold) => fold);
  const tested = await Promise.all(numbers.map((fold) => run.readPredictions(run.folder(fold))));
  return numbers.map((fold) => {
    const all = new Set(tested.flatMap((rows, other) => (other === fold ? [] : rows.map(({ subject }) => subject))));
    return { test: all, validation: all };
  });
}

function patientsOf(rows: readonly number[], { subjects }: Dataset): Set<string> {
  return new Set(rows.map((row) => subjects[row]?.subject ?? ''));
}

const anyKnown = ({ subjects }: Dataset, seen: readonly Seen[]): boolean =>
  subjects.some(({ subject }) => seen.some(({ test }) => test.has(subject)));

function expectUnseen(where: string, split: Split, dataset: Dataset, seen: Seen, { seed, train }: Config): void {
  for (const part of ['test', 'validation'] as const) {
    const patients = [...patientsOf(split[part], dataset)];
    const known = patients.filter((patient) => seen[part].has(patient)).length;
    if (known > 0)
      throw new UserError(
        `${where}: it was made with ${known} of the ${patients.length} ${part} patients of this fold; take the same data, --seed ${seed} and train.validation ${train.validation}, or leave these patients out`,
      );
  }
}

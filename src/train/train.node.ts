/** A training run on disk: folds one after another, each resumable, then what they give together. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Gpu } from '../gpu/index.ts';
import { expectMixedPrecision } from '../nn/index.ts';
import { UserError } from '../util/errors.ts';
import { FolderLock } from '../util/folder-lock.node.ts';
import type { Config } from './config.ts';
import { type Dataset, loadDataset } from './dataset.node.ts';
import { type Environment, environmentOf } from './environment.node.ts';
import { EventsFile } from './events-file.node.ts';
import { type FoldHooks, type FoldResult, trainFold } from './fold.ts';
import { type Split, splitAll } from './folds.ts';
import { startFromRun } from './from-run.node.ts';
import { gather } from './gather.node.ts';
import { type DataFacts, type FoldFacts, RunFolder, settingsYaml } from './run-folder.node.ts';
import { readStart, type Start } from './start.node.ts';

export interface TrainRequest {
  config: Config;
  out: string;
  /** Only this fold; all of them when null. */
  fold: number | null;
  /** Whether to go on with a run that is already there. */
  resume: boolean;
  /** Whether to stop at the first NaN or infinity and name the operation that made it. */
  detectAnomaly?: boolean;
}

export interface TrainHooks {
  /** A fold begins, or goes on: of so many steps of so many pictures. */
  onFold(fold: number, steps: number, batch: number): Pick<FoldHooks, 'onStep' | 'onEpoch'>;
  onFoldEnd(facts: FoldFacts, resumedWhole: boolean): void;
  note(line: string): void;
  signal: AbortSignal;
}

export interface TrainResult {
  run: RunFolder;
  folds: FoldFacts[];
  /** Folds that are not finished, so that nothing was gathered. */
  missing: number[];
}

function dataFacts({ fingerprint, recipe, flow, subjects }: Dataset): DataFacts {
  return { fingerprint, recipe, ...flow, synthetic: subjects.every(({ truth }) => truth !== null) };
}

/** Begins a run where there is none, and checks that the one that is there may be continued. */
async function openRun(
  request: TrainRequest,
  dataset: Dataset,
  environment: Environment,
  { note, signal }: TrainHooks,
): Promise<RunFolder> {
  const run = new RunFolder(request.out);
  await begin(run, request.config, environment, dataFacts(dataset), signal);
  const [before, now] = [settingsYaml(await run.readConfig()), settingsYaml(request.config)];
  if (before !== now)
    throw new UserError(
      `${run.file('config.yaml')}: the run there has other settings (${firstDifference(before, now)}); use another --out`,
    );
  const { fingerprint } = await run.readJson<DataFacts>('data.json');
  if (fingerprint !== dataset.fingerprint)
    throw new UserError(
      `${request.config.data}: these are not the data that ${request.out} was begun with; use another --out`,
    );
  const { adapter } = await run.readJson<Environment>('environment.json');
  if (adapter.driver !== environment.adapter.driver)
    note(
      `the run was begun on ${adapter.driver}, this is ${environment.adapter.driver}: results agree within rounding, not to the bit`,
    );
  return run;
}

/** How long another process that is beginning the run is left to it before a new look. */
const BEGIN_MS = 200;

/** Begins a run unless it is there. Of several machines that do so at once the first one does; the others wait for it. */
async function begin(
  run: RunFolder,
  config: Config,
  environment: Environment,
  data: DataFacts,
  signal: AbortSignal,
): Promise<void> {
  while (!run.exists) {
    const lock = await FolderLock.take(run.path, { signal });
    if (typeof lock === 'string') {
      await wait(BEGIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      continue;
    }
    try {
      if (!run.exists) await run.begin(config, environment, data);
    } finally {
      await lock.release(run.exists);
    }
  }
}

function firstDifference(before: string, now: string): string {
  const [a, b] = [before.split('\n'), now.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  return `${a[at]?.trim()} there, ${b[at]?.trim() ?? 'nothing'} now`;
}

/**
 * Trains the folds that are asked for and not finished yet, and gathers when all are. Folds may be trained by several
 * processes on several machines at once, each by one at a time: of all folds those that others have are left to them.
 * @throws UserError when the adapter lacks the wanted precision, the output folder belongs to another run, the one wanted
 *   fold is being trained by another process, or the signal's reason after a checkpoint
 */
export async function train(gpu: Gpu, request: TrainRequest, hooks: TrainHooks): Promise<TrainResult> {
  const { config } = request;
  if (config.train.precision === 'mixed') expectMixedPrecision(gpu);
  const dataset = await loadDataset(config.data, config.picture);
  const splits = splitAll(dataset, config);
  const wanted = request.fold === null ? splits.map((_, fold) => fold) : [request.fold];
  const start = await startOf(gpu, request, wanted, { dataset, splits }, hooks.note);
  const run = await openRun(request, dataset, environmentOf(gpu), hooks);
  if (start) await run.keepStart(start);
  if (!request.resume) expectFresh(run, wanted, request.fold);
  const one = (fold: number, lock: FolderLock): Promise<void> =>
    trainOne(gpu, run, dataset, splits[fold] as Split, fold, request, start, hooks, lock);
  await trainFree(run, wanted, one, hooks);
  const missing = splits.map((_, fold) => fold).filter((fold) => !run.foldFinished(fold));
  if (missing.length === 0) await gather(run);
  const finished = splits.map((_, fold) => fold).filter((fold) => run.foldFinished(fold));
  const folds = await Promise.all(finished.map((fold) => run.foldFacts(fold)));
  return { run, folds, missing };
}

/** Without --resume nothing goes on; a single fold that is finished is left as it is, so that it may be asked for again. */
function expectFresh(run: RunFolder, wanted: readonly number[], single: number | null): void {
  for (const fold of wanted) {
    if (run.foldStarted(fold) && !(run.foldFinished(fold) && fold === single))
      throw new UserError(`${run.file(run.folder(fold))} is there already; go on with --resume or use another --out`);
  }
}

/** Those folds first that are free for sure, then those whose holders may be dead. */
async function trainFree(
  run: RunFolder,
  wanted: readonly number[],
  one: (fold: number, lock: FolderLock) => Promise<void>,
  hooks: TrainHooks,
): Promise<void> {
  const doubtful: number[] = [];
  for (const fold of wanted) if (await trainLocked(run, fold, one, hooks, 0)) doubtful.push(fold);
  for (const fold of doubtful) {
    const holder = await trainLocked(run, fold, one, hooks);
    if (holder === null) continue;
    const line = `fold ${fold} is being trained by ${holder}`;
    if (wanted.length === 1) throw new UserError(`${run.path}: ${line}; nothing is left to do here`);
    hooks.note(line);
  }
}

/** Trains a fold that is not finished, unless another process has it: then gives that one's name. */
async function trainLocked(
  run: RunFolder,
  fold: number,
  one: (fold: number, lock: FolderLock) => Promise<void>,
  { note, signal, onFoldEnd }: TrainHooks,
  silence?: number,
): Promise<string | null> {
  const ended = async (before: boolean): Promise<null> => {
    onFoldEnd(await run.foldFacts(fold), before);
    return null;
  };
  if (run.foldFinished(fold)) return ended(true);
  const onWatch = (holder: string): void => note(`fold ${fold}: looking for up to a minute whether ${holder} lives`);
  const lock = await FolderLock.take(run.file(run.folder(fold)), { silence, signal, onWatch });
  if (typeof lock === 'string') return lock;
  const before = run.foldFinished(fold);
  try {
    await run.clean(fold);
    if (!before) await one(fold, lock);
  } finally {
    await lock.release(run.foldFinished(fold));
  }
  return ended(before);
}

/** Where the settings say that folds start from: a file of weights, another run, or null for random weights. */
export function chosenStart(
  gpu: Gpu,
  config: Config,
  data: { dataset: Dataset; splits: readonly Split[] },
): Promise<Start | null> {
  const { from_run: other } = config.model;
  return other === null ? readStart(gpu, config) : startFromRun(other, { config, ...data });
}

/** What weights folds without a checkpoint start from; null where none are named, or all wanted folds have one. */
async function startOf(
  gpu: Gpu,
  { out, config }: TrainRequest,
  wanted: readonly number[],
  data: { dataset: Dataset; splits: readonly Split[] },
  note: (line: string) => void,
): Promise<Start | null> {
  const run = new RunFolder(out);
  if (wanted.every((fold) => run.hasCheckpoint(fold))) return null;
  const start = await chosenStart(gpu, config, data);
  const before = start && (await run.startFacts());
  if (before && before.sha256 !== start.sha256)
    throw new UserError(`${start.file}: these are not the weights that ${out} was begun with; use another --out`);
  for (const line of start?.notes ?? []) note(`${start?.file}: ${line}`);
  return start;
}

async function trainOne(
  gpu: Gpu,
  run: RunFolder,
  dataset: Dataset,
  split: Split,
  fold: number,
  { config, detectAnomaly }: TrainRequest,
  start: Start | null,
  hooks: TrainHooks,
  lock: FolderLock,
): Promise<void> {
  const resume = await run.lastCheckpoint(fold);
  if (resume)
    hooks.note(
      `fold ${fold}: goes on after epoch ${resume.position.epoch}${resume.position.batch > 0 ? `, step ${resume.position.batch}` : ''}`,
    );
  const steps = Math.max(1, Math.floor(split.training.length / config.train.batch)) * config.train.epochs;
  const events = new EventsFile(run.file(run.folder(fold)));
  const { onStep, onEpoch } = hooks.onFold(fold, steps, config.train.batch);
  const result = await trainFold({
    gpu,
    config,
    pictures: dataset.pictures,
    subjects: dataset.subjects,
    split,
    fold,
    resume,
    detectAnomaly,
    start: resume ? null : ((await start?.stateOf(fold)) ?? null),
    hooks: {
      ...(onStep ? { onStep } : {}),
      onEpoch: async (row) => {
        await events.add(row);
        await onEpoch?.(row);
      },
      save: async (checkpoint, best) => {
        await lock.check();
        await run.saveCheckpoint(checkpoint, best);
      },
      loadBest: async () => (await run.bestCheckpoint(fold)).model,
      signal: hooks.signal,
    },
  });
  await lock.check();
  await run.writeJson(environmentOf(gpu), run.folder(fold), 'environment.json');
  await writeFold(run, split, result);
}

/** fold.json comes last: where it is, the fold is finished. */
async function writeFold(run: RunFolder, split: Split, result: FoldResult): Promise<void> {
  const folder = run.folder(result.fold);
  // Again, for whoever was killed between the last checkpoint and its history.
  await run.writeHistory(result.history, folder);
  await run.writePredictions(result.predictions, folder);
  const facts: FoldFacts = {
    fold: result.fold,
    weights_sha256: result.weightsSha256,
    epoch: result.epoch,
    epochs: result.epochs,
    age_mean: result.standardisation.mean,
    age_deviation: result.standardisation.deviation,
    sigma_scale: result.sigmaScale,
    run_sha256: await run.sha256(),
    training: split.training.length,
    validation: split.validation.length,
    test: split.test.length,
  };
  await run.writeJson(facts, folder, 'fold.json');
}

/** A training run on disk: folds one after another, each resumable, then what they give together. */
import type { Gpu } from '../gpu/index.ts';
import { expectMixedPrecision, type StateDict } from '../nn/index.ts';
import { UserError } from '../util/errors.ts';
import { type Config, configYaml } from './config.ts';
import { type Dataset, loadDataset } from './dataset.node.ts';
import { type Environment, environmentOf } from './environment.node.ts';
import { EventsFile } from './events-file.node.ts';
import { type FoldHooks, type FoldResult, trainFold } from './fold.ts';
import { assignFolds, type Split, splitFold } from './folds.ts';
import { encodeModel, type Member } from './model-file.ts';
import { type DataFacts, type FoldFacts, RunFolder, standardisationOf } from './run-folder.node.ts';
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
  onFold(fold: number, steps: number): Pick<FoldHooks, 'onStep' | 'onEpoch'>;
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

/** The parts of every fold. */
export function splitAll(dataset: Dataset, config: Config): Split[] {
  const folds = assignFolds(dataset.subjects, config.folds, config.seed);
  return Array.from({ length: config.folds }, (_, fold) =>
    splitFold(dataset.subjects, folds, fold, config.train.validation, config.seed),
  );
}

function dataFacts({ fingerprint, recipe, flow, subjects }: Dataset): DataFacts {
  return { fingerprint, recipe, ...flow, synthetic: subjects.every(({ truth }) => truth !== null) };
}

/** Checks that an existing run may be continued, or begins a new one. */
async function openRun(
  request: TrainRequest,
  dataset: Dataset,
  environment: Environment,
  note: (line: string) => void,
): Promise<RunFolder> {
  const run = new RunFolder(request.out);
  if (!run.exists) {
    await run.begin(request.config, environment, dataFacts(dataset));
    return run;
  }
  const before = configYaml(await run.readConfig());
  if (before !== configYaml(request.config))
    throw new UserError(
      `${run.file('config.yaml')}: the run there has other settings (${firstDifference(before, configYaml(request.config))}); use another --out`,
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

function firstDifference(before: string, now: string): string {
  const [a, b] = [before.split('\n'), now.split('\n')];
  const at = a.findIndex((line, i) => line !== b[i]);
  return `${a[at]?.trim()} there, ${b[at]?.trim() ?? 'nothing'} now`;
}

/**
 * Trains the folds that are asked for and not finished yet, and gathers when all are.
 * @throws UserError when the adapter lacks the wanted precision, the output folder belongs to another run, or the signal's reason after a checkpoint
 */
export async function train(gpu: Gpu, request: TrainRequest, hooks: TrainHooks): Promise<TrainResult> {
  const { config } = request;
  if (config.train.precision === 'mixed') expectMixedPrecision(gpu);
  const dataset = await loadDataset(config.data, config.picture);
  const splits = splitAll(dataset, config);
  const wanted = request.fold === null ? splits.map((_, fold) => fold) : [request.fold];
  const start = await startOf(gpu, request, wanted, hooks.note);
  const run = await openRun(request, dataset, environmentOf(gpu), hooks.note);
  if (start) await run.keepStart(start);
  for (const fold of wanted) {
    if (!request.resume && run.foldStarted(fold))
      throw new UserError(`${run.file(run.folder(fold))} is there already; go on with --resume or use another --out`);
  }
  for (const fold of wanted) {
    const finished = run.foldFinished(fold);
    if (!finished) await trainOne(gpu, run, dataset, splits[fold] as Split, fold, request, start?.state ?? null, hooks);
    hooks.onFoldEnd(await run.readJson<FoldFacts>(run.folder(fold), 'fold.json'), finished);
  }
  const missing = splits.map((_, fold) => fold).filter((fold) => !run.foldFinished(fold));
  if (missing.length === 0) await gather(run, config, dataset);
  const folds = await Promise.all(
    splits
      .map((_, fold) => fold)
      .filter((fold) => !missing.includes(fold))
      .map((fold) => run.readJson<FoldFacts>(run.folder(fold), 'fold.json')),
  );
  return { run, folds, missing };
}

/** What weights folds without a checkpoint start from; null where none are named, or all wanted folds have one. */
async function startOf(
  gpu: Gpu,
  { out, config }: TrainRequest,
  wanted: readonly number[],
  note: (line: string) => void,
): Promise<Start | null> {
  const run = new RunFolder(out);
  if (wanted.every((fold) => run.hasCheckpoint(fold))) return null;
  const start = await readStart(gpu, config);
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
  start: StateDict | null,
  hooks: TrainHooks,
): Promise<void> {
  const resume = await run.lastCheckpoint(fold);
  if (resume)
    hooks.note(
      `fold ${fold}: goes on after epoch ${resume.position.epoch}${resume.position.batch > 0 ? `, step ${resume.position.batch}` : ''}`,
    );
  const steps = Math.max(1, Math.floor(split.training.length / config.train.batch)) * config.train.epochs;
  const events = new EventsFile(run.file(run.folder(fold)));
  const { onStep, onEpoch } = hooks.onFold(fold, steps);
  const result = await trainFold({
    gpu,
    config,
    pictures: dataset.pictures,
    subjects: dataset.subjects,
    split,
    fold,
    resume,
    detectAnomaly,
    start,
    hooks: {
      ...(onStep ? { onStep } : {}),
      onEpoch: async (row) => {
        await events.add(row);
        await onEpoch?.(row);
      },
      save: (checkpoint, best) => run.saveCheckpoint(checkpoint, best),
      loadBest: async () => (await run.bestCheckpoint(fold)).model,
      signal: hooks.signal,
    },
  });
  await writeFold(run, split, result);
}

/** fold.json comes last: where it is, the fold is finished. */
async function writeFold(run: RunFolder, split: Split, result: FoldResult): Promise<void> {
  const folder = run.folder(result.fold);
  await run.writePredictions(result.predictions, folder);
  const facts: FoldFacts = {
    fold: result.fold,
    weights_sha256: result.weightsSha256,
    epoch: result.epoch,
    age_mean: result.standardisation.mean,
    age_deviation: result.standardisation.deviation,
    sigma_scale: result.sigmaScale,
    training: split.training.length,
    validation: split.validation.length,
    test: split.test.length,
  };
  await run.writeJson(facts, folder, 'fold.json');
}

/** Puts the folds' predictions, histories and weights together. A function of the folds' files alone. */
async function gather(run: RunFolder, config: Config, dataset: Dataset): Promise<void> {
  const folds = Array.from({ length: config.folds }, (_, fold) => fold);
  const predictions = await Promise.all(folds.map((fold) => run.readPredictions(run.folder(fold))));
  await run.writePredictions(predictions.flat().sort((a, b) => a.row - b.row));
  const histories = await Promise.all(folds.map((fold) => run.readHistory(run.folder(fold))));
  await run.writeHistory(histories.flat());
  const members: Member[] = [];
  for (const fold of folds) members.push(await memberOf(run, fold));
  const { synthetic, recipe } = dataFacts(dataset);
  const model = encodeModel({
    network: config.model.name,
    side: config.picture,
    recipe: recipeOf(recipe),
    synthetic,
    members,
  });
  await run.writeText(model, 'model.safetensors');
}

/** The network of a finished fold. */
export async function memberOf(run: RunFolder, fold: number): Promise<Member> {
  const facts = await run.readJson<FoldFacts>(run.folder(fold), 'fold.json');
  const last = await run.lastCheckpoint(fold);
  if (!last) throw new UserError(`${run.file(run.folder(fold))}: its checkpoints are gone`);
  const { model } = last.position.epoch === facts.epoch ? last : await run.bestCheckpoint(fold);
  return { fold, standardisation: standardisationOf(facts), sigmaScale: facts.sigma_scale, weights: model };
}

function recipeOf(recipe: Record<string, string | number>): { markers: 'band' | 'all'; slab: number | 'full' } {
  const slab = recipe.slab === 'full' ? 'full' : Number(recipe.slab ?? 10);
  return { markers: recipe.markers === 'all' ? 'all' : 'band', slab };
}

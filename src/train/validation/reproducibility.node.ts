/**
 * Whether the run can be had again: its predictions from its weights, its training from its seed; and how far predictions
 * move with another seed.
 *
 * The interfaces below are written to validation.json as they are, so their keys are those of the file.
 */
import type { Gpu } from '../../gpu/index.ts';
import type { StateDict } from '../../nn/index.ts';
import { stepsPerEpoch } from '../batches.ts';
import { type Checkpoint, type EpochRow, stateSha256 } from '../checkpoint.ts';
import type { Config } from '../config.ts';
import type { Dataset } from '../dataset.node.ts';
import { type FoldResult, trainFold } from '../fold.ts';
import type { Split } from '../folds.ts';
import { Bootstrap, type Estimate } from '../metrics/bootstrap.ts';
import { mean, standardDeviation } from '../metrics/moments.ts';
import { weightedMean } from '../metrics/weighted.ts';
import type { FoldFacts, RunFolder } from '../run-folder.node.ts';
import { agreement } from './agreement.ts';
import type { OutOfFold } from './out-of-fold.ts';

export interface PredictionsAgain {
  /** All out-of-fold predictions of the run, computed twice. */
  predictions: number;
  same_twice: boolean;
  /** How many are equal to predictions.csv to the bit, and the largest difference of μ in years. */
  same_as_run: number;
  largest_difference: number;
}

/** Predicts every study of the run again, in the batches in which training did. */
export async function predictAgain(
  networks: OutOfFold,
  dataset: Dataset,
  run: RunFolder,
  { folds, train }: Config,
): Promise<PredictionsAgain> {
  const result = { predictions: 0, same_twice: true, same_as_run: 0, largest_difference: 0 };
  const whole = await run.readPredictions();
  for (let fold = 0; fold < folds; fold++) {
    const before = whole.filter((prediction) => prediction.fold === fold);
    const rows = before.map(({ row }) => row);
    const again = await networks.predict(fold, dataset.pictures, rows, train.batch);
    const twice = await networks.predict(fold, dataset.pictures, rows, train.batch);
    before.forEach(({ mean: stated, sigma }, i) => {
      const [first, second] = [again[i], twice[i]];
      if (!first || !second) return;
      result.predictions++;
      if (first.mean !== second.mean || first.sigma !== second.sigma) result.same_twice = false;
      if (first.mean === stated && first.sigma === sigma) result.same_as_run++;
      result.largest_difference = Math.max(result.largest_difference, Math.abs(first.mean - stated));
    });
  }
  return result;
}

export interface TrainingAgain {
  fold: number;
  /** Epochs and steps that were trained again, of those that the run has. */
  epochs: number;
  of_epochs: number;
  steps: number;
  /** SHA-256 of the weights after each of the trainings; one where the whole fold was trained. */
  weights_sha256: string[];
  same_twice: boolean | null;
  /** Whether the loss of every epoch equals metrics.csv, and, after a whole training, the weights those of the run. */
  same_losses_as_run: boolean;
  same_weights_as_run: boolean | null;
  /** Driver of the run, where this is another one: then the same bits are not promised. */
  other_driver: string | null;
  seconds: number;
}

/** What repeated trainings need. */
export interface Trainable {
  gpu: Gpu;
  config: Config;
  dataset: Dataset;
  split: Split;
  fold: number;
  start: StateDict | null;
  signal: AbortSignal;
  onStep(done: number): void;
}

const jobOf = ({ gpu, config, dataset, split, fold, start }: Trainable) => ({
  gpu,
  config,
  pictures: dataset.pictures,
  subjects: dataset.subjects,
  split,
  fold,
  start,
  resume: null,
});

/** Why a training was stopped that was to have no more epochs. */
const ENOUGH = new Error('enough epochs');

/** Trains a fold from its beginning as the run did and stops after `epochs`, where it has more. */
async function trainBeginning(given: Trainable, epochs: number): Promise<{ history: EpochRow[]; sha256: string }> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(given.signal.reason);
  given.signal.addEventListener('abort', interrupt);
  const history: EpochRow[] = [];
  let model: StateDict | null = null;
  const hooks = {
    onStep: given.onStep,
    onEpoch: (row: EpochRow) => {
      history.push(row);
      // The end of the whole training is left alone: then the weights are chosen that the settings want to keep.
      if (row.epoch === epochs && epochs < given.config.train.epochs) stop.abort(ENOUGH);
    },
    save: async (checkpoint: Checkpoint) => {
      model = checkpoint.model;
    },
    signal: stop.signal,
  };
  try {
    const { weights } = await trainFold({ ...jobOf(given), hooks });
    model = weights;
  } catch (error) {
    if (error !== ENOUGH) throw error;
  } finally {
    given.signal.removeEventListener('abort', interrupt);
  }
  return { history, sha256: await stateSha256(model ?? new Map()) };
}

/**
 * Trains a fold of the run again: its first `epochs` epochs twice, or, where that is all of them, the whole fold once.
 */
export async function trainAgain(
  given: Trainable,
  run: RunFolder,
  epochs: number,
  otherDriver: string | null,
): Promise<TrainingAgain> {
  const { config, fold, split } = given;
  const whole = epochs >= config.train.epochs;
  const start = performance.now();
  const trainings = [];
  for (let k = 0; k < (whole ? 1 : 2); k++) trainings.push(await trainBeginning(given, epochs));
  const stated = (await run.readHistory(run.folder(fold))).filter(({ epoch }) => epoch <= epochs);
  const { weights_sha256 } = await run.readJson<FoldFacts>(run.folder(fold), 'fold.json');
  const hashes = trainings.map(({ sha256 }) => sha256);
  return {
    fold,
    epochs: Math.min(epochs, config.train.epochs),
    of_epochs: config.train.epochs,
    steps: Math.min(epochs, config.train.epochs) * stepsPerEpoch(split.training.length, config.train.batch),
    weights_sha256: hashes,
    same_twice: whole ? null : hashes[0] === hashes[1],
    same_losses_as_run: trainings.every(({ history }) => sameLosses(history, stated)),
    same_weights_as_run: whole ? hashes[0] === weights_sha256 : null,
    other_driver: otherDriver,
    seconds: (performance.now() - start) / 1000,
  };
}

const sameLosses = (history: readonly EpochRow[], stated: readonly EpochRow[]): boolean =>
  history.length === stated.length && history.every((row, i) => row.training_loss === stated[i]?.training_loss);

export interface Seeds {
  fold: number;
  seeds: number[];
  /** Epochs of each training, and of the run's own. */
  epochs: number;
  of_epochs: number;
  studies: number;
  /** Root mean square over the studies of the standard deviation of μ between seeds, years. */
  spread: Estimate;
  /** ICC(2,1) of μ between the seeds. */
  icc_absolute: Estimate;
  /** MAE on the fold's test studies, by seed, years. */
  mae: number[];
}

/** Trains a fold with several seeds on the same patients, each over a whole schedule of `epochs`, and compares its test predictions. */
export async function trainWithSeeds(given: Trainable, seeds: readonly number[], epochs: number): Promise<Seeds> {
  const { config, fold } = given;
  const results: FoldResult[] = [];
  for (const seed of seeds) {
    const own = { ...config, seed, train: { ...config.train, epochs } };
    const hooks = { onStep: given.onStep, signal: given.signal };
    results.push(await trainFold({ ...jobOf({ ...given, config: own }), hooks }));
  }
  const predictions = results[0]?.predictions ?? [];
  const means = predictions.map((_, i) => results.map((result) => result.predictions[i]?.mean ?? Number.NaN));
  const variances = Float64Array.from(means, (each) => standardDeviation(each) ** 2);
  const bootstrap = new Bootstrap(
    predictions.map(({ subject }) => subject),
    config.seed,
  );
  const { spread, icc } = bootstrap.estimate((weights) => ({
    spread: Math.sqrt(weightedMean(variances, weights)),
    icc: agreement(means, weights).absolute,
  }));
  return {
    fold,
    seeds: [...seeds],
    epochs,
    of_epochs: config.train.epochs,
    studies: predictions.length,
    spread,
    icc_absolute: icc,
    mae: results.map((result) => mean(result.predictions.map((each) => Math.abs(each.mean - each.age)))),
  };
}

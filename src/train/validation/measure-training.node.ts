/** Trainings that are done again, with the run's seed and with others, each announced with what it takes. */
import { stepsPerEpoch } from '../batches.ts';
import { splitAll } from '../folds.ts';
import { chosenStart } from '../train.node.ts';
import type { Given } from './given.node.ts';
import { type Seeds, type Trainable, type TrainingAgain, trainAgain, trainWithSeeds } from './reproducibility.node.ts';

/** Epochs that are trained again, and those of a training with another seed. */
const EPOCHS_AGAIN = 2;
const SHORT_TRAINING = 5;

/** The fold that is trained again. */
const FOLD = 0;

export async function measureTraining(given: Given): Promise<{ training: TrainingAgain; seeds: Seeds | null }> {
  const { gpu, config, dataset, run, options, hooks, otherDriver } = given;
  const splits = splitAll(dataset, config);
  const split = splits[FOLD];
  if (!split) throw new Error('a run without folds');
  const start = (await (await chosenStart(gpu, config, { dataset, splits }))?.stateOf(FOLD)) ?? null;
  const perEpoch = stepsPerEpoch(split.training.length, config.train.batch);
  const { epochs } = config.train;

  const trainable = (label: string, steps: number): Trainable & { end(text: string): void } => {
    const progress = hooks.progress(label, steps);
    let done = 0;
    const onStep = () => progress.update(++done);
    const end = (text: string) => progress.end(text);
    return { gpu, config, dataset, split, fold: FOLD, start, signal: hooks.signal, onStep, end };
  };

  const again = options.full ? epochs : Math.min(EPOCHS_AGAIN, epochs);
  const times = again === epochs ? 1 : 2;
  const steps = times * again * perEpoch;
  hooks.note(
    `training again: ${again} of ${epochs} epochs of fold ${FOLD}, ${times === 1 ? 'once' : 'twice'}, ${steps} steps`,
  );
  const first = trainable('same seed', steps);
  const training = await trainAgain(first, run, again, otherDriver);
  first.end(`${steps} steps`);
  if (options.seeds === 0) return { training, seeds: null };

  const short = options.full ? epochs : Math.min(SHORT_TRAINING, epochs);
  const numbers = Array.from({ length: options.seeds + 1 }, (_, i) => config.seed + i);
  const total = numbers.length * short * perEpoch;
  const minutes = ((training.seconds / steps) * total) / 60;
  hooks.note(
    `other seeds: ${numbers.length} trainings of ${short} epochs of fold ${FOLD}, ${total} steps, about ${minutes.toFixed(1)} min`,
  );
  const second = trainable('other seeds', total);
  const seeds = await trainWithSeeds(second, numbers, short);
  second.end(`${total} steps`);
  return { training, seeds };
}

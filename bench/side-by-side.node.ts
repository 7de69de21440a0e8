import { inTurns, type Measured, type Rounds, timeOf } from '../src/bench/measure.node.ts';
import type { AdapterKind } from '../src/gpu/index.ts';
import type { StateDict } from '../src/nn/index.ts';
import { type Case, data } from './cases.ts';
import type { Engine, Job, Runner } from './engine.ts';

export interface Comparison {
  key: string;
  ours: Measured;
  theirs: Measured;
  /** Largest difference between what both computed, as a share of the largest value. */
  difference: number;
}

/** Batch of the steps that warm an engine up: larger ones take the same programs. */
const WARM = 4;
/** Largest share by which outputs, and losses after a step, may differ. */
const TOLERANCE = { infer: 1e-3, train: 1e-2 };
const LEARNING_RATE = 1e-4;
/** Milliseconds of steps in a round on a GPU, which lowers its clock where it has been idle; and the most steps. */
const ROUND = { milliseconds: 300, steps: 40 };

function runner(engine: Engine, each: Case, state: StateDict, batch = each.batch): Runner {
  const job: Job = { network: each.network, state, batch, side: each.side, learningRate: LEARNING_RATE };
  return each.kind === 'train' ? engine.trainer(job) : engine.predictor(job);
}

/** Compiles and meets everything once, on a small batch. */
async function warmUp(engine: Engine, each: Case, state: StateDict): Promise<void> {
  const batch = Math.min(WARM, each.batch);
  const small = runner(engine, each, state, batch);
  const { pictures, targets } = data({ ...each, batch });
  await small.step(pictures, targets);
  small.release();
}

function shareOfDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [largest, difference] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, Math.abs(b[i] as number));
    difference = Math.max(difference, Math.abs((a[i] as number) - (b[i] as number)));
  }
  return difference / largest;
}

function ofOneStep({ shortest, rounds }: Measured, steps: number): Measured {
  return { shortest: { wall: shortest.wall / steps, processor: shortest.processor / steps }, rounds };
}

/**
 * Both engines from the same weights on the same batch, in turns.
 * @throws when they do not compute the same
 */
export async function sideBySide(
  [ours, theirs]: readonly [Engine, Engine],
  each: Case,
  state: StateDict,
  rounds: Rounds,
  kind: AdapterKind,
): Promise<Comparison> {
  for (const engine of [theirs, ours]) await warmUp(engine, each, state);
  const runners = [runner(ours, each, state), runner(theirs, each, state)] as const;
  const { pictures, targets } = data(each);
  const seen: ArrayLike<number>[][] = [[], []];
  const steps = [1, 1];
  const tasks = runners.map((one, i) => async () => {
    for (let k = 0; k < (steps[i] as number); k++) seen[i]?.push(await one.step(pictures, targets));
  });
  await tasks[0]?.(); // ours, which records its first step
  if (kind === 'hardware') {
    for (const [i, task] of tasks.entries()) {
      await task();
      const { wall } = await timeOf(task);
      steps[i] = Math.max(1, Math.min(ROUND.steps, Math.ceil(ROUND.milliseconds / wall)));
    }
  }
  const results = await inTurns(tasks, rounds);
  const [our, their] = results.map((result, i) => ofOneStep(result, steps[i] as number));
  for (const one of runners) one.release();
  const [ourValues = [], theirValues = []] = seen;
  // Losses of the first two steps, as far as both have done them; in use every step gives the same.
  const differences = theirValues.slice(0, 2).map((values, i) => shareOfDifference(ourValues[i] ?? [], values));
  const difference = Math.max(...differences);
  if (!(difference <= TOLERANCE[each.kind]))
    throw new Error(`${each.key}: ${ours.name} and ${theirs.name} differ by ${difference} of the largest value`);
  return { key: each.key, ours: our as Measured, theirs: their as Measured, difference };
}

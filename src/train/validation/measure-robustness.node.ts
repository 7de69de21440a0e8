/** Robustness: studies, conditions, predictions, and what they come to. */
import { PERTURBATIONS } from '../../preprocess/ct/perturb/perturbations.ts';
import { UserError } from '../../util/errors.ts';
import { stateSha256 } from '../checkpoint.ts';
import type { Prediction } from '../metrics.ts';
import { type Condition, conditionsOf } from './conditions.ts';
import type { Given } from './given.node.ts';
import type { OutOfFold } from './out-of-fold.ts';
import { type Outcome, PerturbedStudies, type PerturbedStudy, type Target } from './perturbed.node.ts';
import { perturbedPicture } from './perturbed-pictures.ts';
import { PICTURE_PERTURBATIONS } from './picture-perturbations.ts';
import type { PerturbationResult, PreparationAgain, RobustnessSection } from './results.ts';
import { type Reading, robustnessOf } from './robustness.ts';
import { drawn, findTargets } from './targets.node.ts';

/** Mean difference of a picture (values from 0 to 1) above which a scan is not the one that was prepared. */
const OTHER_SCAN = 0.02;

/** A study with its predictions, as robustness.csv lists them. */
export interface MeasuredStudy {
  subject: string;
  row: number;
  age: number;
  fold: number;
  unperturbed: Reading;
  outcomes: Outcome[];
}

/** What is said of a perturbation. */
type Described = Omit<PerturbationResult, 'strengths'>;

export interface MeasuredRobustness {
  section: RobustnessSection;
  preparation: PreparationAgain | null;
  conditions: Condition<Described>[];
  studies: MeasuredStudy[];
}

/** The figures of every condition, grouped by perturbation. */
function resultsOf(conditions: readonly Condition<Described>[], studies: readonly MeasuredStudy[], seed: number) {
  const results = new Map<string, PerturbationResult>();
  conditions.forEach(({ perturbation: { name, title, unit, what }, strength }, i) => {
    const readings = studies.map(({ subject, age, unperturbed, outcomes }) => {
      const outcome = outcomes[i] as Outcome;
      return { subject, age, unperturbed, perturbed: outcome.refused === null ? outcome : null };
    });
    const result = results.get(name) ?? { name, title, unit, what, strengths: [] };
    result.strengths.push({ strength, ...robustnessOf(readings, seed) });
    results.set(name, result);
  });
  return [...results.values()];
}

/** Robustness against perturbations of scans where there are any, of prepared pictures otherwise. */
export async function measureRobustness(given: Given, networks: OutOfFold): Promise<MeasuredRobustness> {
  const { predictions, options, config } = given;
  const chosen = drawn(predictions, options.subjects, config.seed);
  return options.scans ? ofScans(given, networks, chosen, options.scans.studies) : ofPictures(given, networks, chosen);
}

function sectionOf(
  measured: Omit<MeasuredRobustness, 'section'>,
  seed: number,
  rest: Pick<RobustnessSection, 'of' | 'left_out' | 'not_applied'>,
): RobustnessSection {
  const { studies, conditions } = measured;
  return {
    ...rest,
    studies: studies.length,
    patients: new Set(studies.map(({ subject }) => subject)).size,
    perturbations: resultsOf(conditions, studies, seed),
  };
}

async function ofPictures(
  given: Given,
  networks: OutOfFold,
  chosen: readonly Prediction[],
): Promise<MeasuredRobustness> {
  const { config, dataset, hooks, options } = given;
  const conditions = conditionsOf(PICTURE_PERTURBATIONS, options.quick);
  hooks.note(
    `no scans: ${chosen.length} prepared pictures × ${conditions.length} perturbations (--scans DIR for more)`,
  );
  const progress = hooks.progress('pictures', chosen.length);
  const studies: MeasuredStudy[] = [];
  for (const each of chosen) {
    hooks.signal.throwIfAborted();
    const [unperturbed, ...readings] = await perturbedPicture(
      networks,
      dataset.pictures,
      each,
      conditions,
      config.seed,
    );
    const { subject, row, age, fold } = each;
    const outcomes = readings.map((reading) => ({ ...reading, refused: null }));
    studies.push({ subject, row, age, fold, unperturbed: unperturbed as Reading, outcomes });
    progress.update(studies.length);
  }
  progress.end(`${studies.length} pictures`);
  const notApplied = PERTURBATIONS.map(({ title }) => title);
  const measured = { preparation: null, conditions, studies };
  return {
    ...measured,
    section: sectionOf(measured, config.seed, { of: 'pictures', left_out: [], not_applied: notApplied }),
  };
}

async function ofScans(
  given: Given,
  networks: OutOfFold,
  chosen: readonly Prediction[],
  scans: Parameters<typeof findTargets>[2],
): Promise<MeasuredRobustness> {
  const { config, options, otherDriver } = given;
  const { targets, missing } = await findTargets(given, chosen, scans);
  if (targets.length === 0)
    throw new UserError(
      `none of the ${chosen.length} chosen studies is among the ${scans.length} scans given; --scans is the folder that agelens prepare had as --data (and --labels its table), on the account whose salt made the pseudonyms`,
    );
  const conditions = conditionsOf(PERTURBATIONS, options.quick);
  const perturbed = await perturbAll(given, networks, targets, conditions);
  const leftOut = [...missing];
  const studies = targets.flatMap(({ subject, row, age, fold }, i): MeasuredStudy[] => {
    const { unperturbed, outcomes, picture_difference: difference } = perturbed[i] as PerturbedStudy;
    if (unperturbed.refused === null && difference !== null && difference <= OTHER_SCAN)
      return [{ subject, row, age, fold, unperturbed, outcomes }];
    const other = `not the scan that was prepared: its picture differs by ${difference?.toFixed(3)} of 1 on average, ${OTHER_SCAN} at most is the same scan`;
    leftOut.push({ subject, cause: unperturbed.refused ?? other });
    return [];
  });
  if (studies.length === 0) throw new UserError(`no scan gives the picture that was prepared: ${leftOut[0]?.cause}`);
  const preparation: PreparationAgain = {
    scans: perturbed.length,
    same_twice: perturbed.filter(({ same_twice }) => same_twice).length,
    same_as_prepared: perturbed.filter(({ same_as_prepared }) => same_as_prepared).length,
    other_driver: otherDriver,
  };
  const measured = { preparation, conditions, studies };
  return {
    ...measured,
    section: sectionOf(measured, config.seed, { of: 'scans', left_out: leftOut, not_applied: [] }),
  };
}

async function perturbAll(
  { gpu, model, config, run, hooks }: Given,
  networks: OutOfFold,
  targets: readonly Target[],
  conditions: readonly Condition<(typeof PERTURBATIONS)[number]>[],
): Promise<PerturbedStudy[]> {
  const weights = await Promise.all(model.members.map((member) => stateSha256(member.weights)));
  const units = run.file('validation.units');
  const options = { recipe: model.recipe, conditions, seed: config.seed, model: weights.join(), units };
  const studies = new PerturbedStudies(gpu, networks, options);
  const each = conditions.length + 1;
  hooks.note(`${targets.length} scans × ${conditions.length} perturbations: ${targets.length * each} preparations`);
  const progress = hooks.progress('perturbations', targets.length * each);
  const results: PerturbedStudy[] = [];
  for (const [i, target] of targets.entries()) {
    let done = i * each;
    hooks.signal.throwIfAborted();
    results.push(await studies.run(target, () => progress.update(++done)));
  }
  progress.end(`${targets.length} scans`);
  return results;
}

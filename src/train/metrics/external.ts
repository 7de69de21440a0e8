/** What an ensemble's predictions are worth on patients that none of its members was trained on. */
import type { AgePrediction } from '../ensemble.ts';
import { type Metrics, metricsOf } from '../metrics.ts';
import type { TestSubject } from '../subjects.ts';
import { correctionFrom, type GapLine } from './age-gap.ts';
import { Bootstrap, type Estimate } from './bootstrap.ts';
import { coverageStatistic } from './calibration.ts';
import { type ErrorKey, errorStatistics } from './errors.ts';
import { mean } from './moments.ts';
import type { Measured } from './prediction.ts';

/** What the ensemble says of one picture. */
export interface ExternalPrediction extends TestSubject, Omit<AgePrediction, 'age'> {
  /** Row in the data set's table. */
  row: number;
  /** Of the ensemble. */
  mean: number;
}

/** One model's figures; those of a fold's model beside those of the ensemble. */
export type ModelFigures = {
  /** "fold 0" … or "ensemble". */
  model: string;
  /** Recalibrated, of the 90 % interval. */
  coverage_90: Estimate;
  mean_sigma: number;
} & Record<Exclude<ErrorKey, 'ratio'>, Estimate>;

export interface ExternalMetrics {
  pictures: number;
  patients: number;
  /** Pictures whose age is known: errors are over these. */
  known_ages: number;
  /** Left out because the run was trained with these patients. */
  excluded: { pictures: number; patients: number };
  /** Root mean squares over all pictures in years: sigma² = aleatoric² + epistemic². */
  sigma: number;
  aleatoric: number;
  epistemic: number;
  /** Each fold's model, then the ensemble; empty where no age is known. */
  models: ModelFigures[];
  /** Everything about the ensemble; null where no age is known. */
  ensemble: Metrics | null;
}

/** What of the run belongs to judging its models elsewhere. */
export interface RunBackground {
  /** Mean age of each fold's training pictures. */
  trainingMeans: ReadonlyMap<number, number>;
  /** Of the age gap on age, fitted on the run's out-of-fold predictions. */
  line: GapLine | null;
  seed: number;
}

type Known = ExternalPrediction & { age: number };

const rootMeanSquare = (values: readonly number[]): number => Math.sqrt(mean(values.map((value) => value ** 2)));

/** The predictions of known age as the ensemble makes them, or one of its members. */
function measuredBy(known: readonly Known[], { trainingMeans }: RunBackground, fold: number | null): Measured[] {
  const trainingMean = fold === null ? mean([...trainingMeans.values()]) : (trainingMeans.get(fold) ?? Number.NaN);
  return known.map(({ members, aleatoric, epistemic, ...ensemble }) => {
    const member = members.find((each) => each.fold === fold);
    const own = member ? { mean: member.age, sigma: member.sigma, sigma_raw: member.sigma_raw } : {};
    return { ...ensemble, ...own, training_mean: trainingMean };
  });
}

function modelFigures(model: string, predictions: readonly Measured[], bootstrap: Bootstrap): ModelFigures {
  const [errors, coverage] = [errorStatistics(predictions), coverageStatistic(predictions, 'sigma', 0.9)];
  const { ratio, ...estimates } = bootstrap.estimate((weights) => ({
    ...errors(weights),
    coverage_90: coverage(weights),
  }));
  return { model, ...estimates, mean_sigma: mean(predictions.map(({ sigma }) => sigma)) };
}

/** The predictions that metrics are computed from: the ensemble's, where the age is known. */
export function ensembleMeasured(predictions: readonly ExternalPrediction[], background: RunBackground): Measured[] {
  return measuredBy(knownAges(predictions), background, null);
}

function knownAges(predictions: readonly ExternalPrediction[]): Known[] {
  return predictions.filter((each): each is Known => each.age !== null);
}

/** Age gaps are corrected by the line fitted on the run's own patients. */
export const externalCorrection = ({ line }: RunBackground) =>
  correctionFrom(line, "the run's out-of-fold predictions");

/** @param predictions at least one */
export function externalMetrics(
  predictions: readonly ExternalPrediction[],
  excluded: ExternalMetrics['excluded'],
  background: RunBackground,
): ExternalMetrics {
  const known = knownAges(predictions);
  return {
    pictures: predictions.length,
    patients: new Set(predictions.map(({ subject }) => subject)).size,
    known_ages: known.length,
    excluded,
    sigma: rootMeanSquare(predictions.map(({ sigma }) => sigma)),
    aleatoric: rootMeanSquare(predictions.map(({ aleatoric }) => aleatoric)),
    epistemic: rootMeanSquare(predictions.map(({ epistemic }) => epistemic)),
    ...(known.length > 0 ? againstAges(known, background) : { models: [], ensemble: null }),
  };
}

function againstAges(
  known: readonly Known[],
  background: RunBackground,
): Pick<ExternalMetrics, 'models'> & { ensemble: Metrics } {
  const bootstrap = new Bootstrap(
    known.map(({ subject }) => subject),
    background.seed,
  );
  const models = [...background.trainingMeans.keys(), null].map((fold) =>
    modelFigures(fold === null ? 'ensemble' : `fold ${fold}`, measuredBy(known, background, fold), bootstrap),
  );
  const ensemble = measuredBy(known, background, null);
  return { models, ensemble: metricsOf(ensemble, background.seed, externalCorrection(background)) };
}

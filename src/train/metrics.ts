/**
 * What out-of-fold predictions are worth: errors with bootstrap intervals, against predicting the mean, against the known
 * limit, and whether the predicted σ means what it says.
 *
 * The interfaces below are written to JSON as they are, so their keys are those of the files.
 */
import { randomStream } from '../util/random.ts';
import { centralProbability } from './normal.ts';
import type { Truth } from './subjects.ts';

/** A prediction by a model that has never seen this patient. Ages in years. */
export interface Prediction {
  subject: string;
  /** Row in the data set's table. */
  row: number;
  fold: number;
  age: number;
  sex: string;
  mean: number;
  /** Predicted deviation as the network gives it. */
  sigma_raw: number;
  /** The same times the scale fitted on the fold's validation patients. */
  sigma: number;
  /** Mean age of the fold's training pictures: what a model without a picture would say. */
  training_mean: number;
  truth: Truth | null;
}

/** A statistic with its 95 % bootstrap interval (percentiles over resampled patients). */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface Coverage {
  level: number;
  raw: number;
  recalibrated: number;
}

export interface Metrics {
  pictures: number;
  patients: number;
  mae: Estimate;
  absolute_error_sd: number;
  rmse: Estimate;
  r2: Estimate;
  pearson: Estimate;
  mean_predictor_mae: number;
  /** MAE over that of predicting the training mean; below 1 is better than knowing nothing. */
  ratio_to_mean_predictor: Estimate;
  /** Least expected MAE of any predictor, where the truth is known. */
  limit_mae: number | null;
  mean_sigma_raw: number;
  mean_sigma: number;
  /** Share of true ages within the central interval of each level. */
  coverage: Coverage[];
  /** Mean distance between nominal and true coverage over the levels 5, 10 … 95 %. */
  calibration_error_raw: number;
  calibration_error: number;
  /** Mean Gaussian negative log likelihood in years, with its constant. */
  nll_raw: number;
  nll: number;
  /** Pearson correlation of σ with the known spread of ages; null without truth. */
  sigma_truth_correlation: number | null;
}

export const LEVELS = [0.5, 0.8, 0.9, 0.95];
const RESAMPLES = 2000;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation (n − 1); 0 for a single value. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** Pearson's r; NaN where one side is constant. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, i) => {
    const [dx, dy] = [value - mx, (y[i] as number) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  return xy / Math.sqrt(xx * yy);
}

interface Errors {
  mae: number;
  rmse: number;
  r2: number;
  pearson: number;
  ratio: number;
}

const SUMS = 9;

/**
 * Per patient the sums from which every error statistic follows, so that a resample only adds rows up. Ages are taken
 * from the overall mean first, which keeps the sums of squares exact enough.
 */
function patientSums(predictions: readonly Prediction[]): Float64Array {
  const rows = new Map<string, number>();
  for (const { subject } of predictions) if (!rows.has(subject)) rows.set(subject, rows.size);
  const middle = mean(predictions.map(({ age }) => age));
  const sums = new Float64Array(rows.size * SUMS);
  for (const each of predictions) {
    const [a, m, error] = [each.age - middle, each.mean - middle, each.age - each.mean];
    const terms = [
      1,
      Math.abs(error),
      error * error,
      a,
      a * a,
      m,
      m * m,
      a * m,
      Math.abs(each.age - each.training_mean),
    ];
    const at = (rows.get(each.subject) as number) * SUMS;
    terms.forEach((term, i) => {
      sums[at + i] = (sums[at + i] as number) + term;
    });
  }
  return sums;
}

function errorsOf(sums: Float64Array, patients: Iterable<number>): Errors {
  const total = new Float64Array(SUMS);
  for (const patient of patients) {
    for (let i = 0; i < SUMS; i++) total[i] = (total[i] as number) + (sums[patient * SUMS + i] as number);
  }
  const [n, absolute, squares, a, aa, m, mm, am, baseline] = total as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    mae: absolute / n,
    rmse: Math.sqrt(squares / n),
    r2: 1 - squares / (aa - (a * a) / n),
    pearson: (am - (a * m) / n) / Math.sqrt((aa - (a * a) / n) * (mm - (m * m) / n)),
    ratio: absolute / baseline,
  };
}

/** Value at a share of the sorted finite values, linear between neighbours. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

function bootstrap(sums: Float64Array, seed: number): Errors[] {
  const patients = sums.length / SUMS;
  return Array.from({ length: RESAMPLES }, (_, resample) => {
    const stream = randomStream(seed, 'bootstrap', resample);
    return errorsOf(
      sums,
      Array.from({ length: patients }, () => stream.integer(patients)),
    );
  });
}

/** Share of true ages inside the central interval of `level`. */
export function coverageAt(level: number, predictions: readonly Prediction[], key: 'sigma' | 'sigma_raw'): number {
  const inside = predictions.filter((each) => centralProbability((each.age - each.mean) / each[key]) <= level);
  return inside.length / predictions.length;
}

function calibrationError(predictions: readonly Prediction[], key: 'sigma' | 'sigma_raw'): number {
  const levels = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
  return mean(levels.map((level) => Math.abs(coverageAt(level, predictions, key) - level)));
}

function logLikelihood(predictions: readonly Prediction[], key: 'sigma' | 'sigma_raw'): number {
  const terms = predictions.map(
    (each) => 0.5 * Math.log(2 * Math.PI * each[key] ** 2) + 0.5 * ((each.age - each.mean) / each[key]) ** 2,
  );
  return mean(terms);
}

/** All figures for a set of out-of-fold predictions (at least one). The seed draws the bootstrap's resamples. */
export function computeMetrics(predictions: readonly Prediction[], seed: number): Metrics {
  const sums = patientSums(predictions);
  const patients = sums.length / SUMS;
  const value = errorsOf(sums, Array(patients).keys());
  const resamples = bootstrap(sums, seed);
  const estimate = (key: keyof Errors): Estimate => {
    const values = resamples.map((each) => each[key]);
    return { value: value[key], low: percentile(values, 0.025), high: percentile(values, 0.975) };
  };
  const truths = predictions.map(({ truth }) => truth).filter((truth) => truth !== null);
  const known = truths.length === predictions.length;
  return {
    pictures: predictions.length,
    patients,
    mae: estimate('mae'),
    absolute_error_sd: standardDeviation(predictions.map((each) => Math.abs(each.age - each.mean))),
    rmse: estimate('rmse'),
    r2: estimate('r2'),
    pearson: estimate('pearson'),
    mean_predictor_mae: value.mae / value.ratio,
    ratio_to_mean_predictor: estimate('ratio'),
    limit_mae: known ? mean(truths.map((truth) => truth.absoluteError)) : null,
    mean_sigma_raw: mean(predictions.map((each) => each.sigma_raw)),
    mean_sigma: mean(predictions.map((each) => each.sigma)),
    coverage: LEVELS.map((level) => ({
      level,
      raw: coverageAt(level, predictions, 'sigma_raw'),
      recalibrated: coverageAt(level, predictions, 'sigma'),
    })),
    calibration_error_raw: calibrationError(predictions, 'sigma_raw'),
    calibration_error: calibrationError(predictions, 'sigma'),
    nll_raw: logLikelihood(predictions, 'sigma_raw'),
    nll: logLikelihood(predictions, 'sigma'),
    sigma_truth_correlation: known
      ? pearson(
          predictions.map((each) => each.sigma),
          truths.map((truth) => truth.sigma),
        )
      : null,
  };
}

/** Fewest validation pictures from which a scale is fitted. */
const FEWEST = 8;

/**
 * The factor on σ that makes validation residuals as large as predicted, by maximum likelihood: c² = mean(((y − μ)/σ)²).
 * 1 where there are too few pictures to tell.
 */
export function sigmaScale(validation: readonly { age: number; mean: number; sigma: number }[]): number {
  if (validation.length < FEWEST) return 1;
  return Math.sqrt(mean(validation.map((each) => ((each.age - each.mean) / each.sigma) ** 2)));
}

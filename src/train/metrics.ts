/**
 * What predictions are worth: errors with bootstrap intervals, against predicting the mean, against the known limit, whether
 * the predicted σ means what it says, and all that for parts of the cohort.
 *
 * The interfaces here and in metrics/ are written to JSON as they are, so their keys are those of metrics.json.
 */
import { type AgeGapSummary, correctionAcrossFolds, type GapCorrection, summariseGaps } from './metrics/age-gap.ts';
import { type BlandAltman, blandAltman } from './metrics/bland-altman.ts';
import { Bootstrap, type Estimate, RESAMPLES } from './metrics/bootstrap.ts';
import { type Calibration, calibrationOf, coverageStatistic } from './metrics/calibration.ts';
import { errorStatistics } from './metrics/errors.ts';
import { mean, pearson, standardDeviation } from './metrics/moments.ts';
import type { Measured, Prediction } from './metrics/prediction.ts';
import { type Subgroup, subgroupsOf } from './metrics/subgroups.ts';

export type { Estimate } from './metrics/bootstrap.ts';
export type { Measured, Prediction } from './metrics/prediction.ts';

/** Share of true ages within the central interval of a level, with its 95 % interval. */
export interface Coverage {
  level: number;
  raw: number;
  raw_low: number;
  raw_high: number;
  recalibrated: number;
  recalibrated_low: number;
  recalibrated_high: number;
}

/** Ages and errors in years. What cannot be computed (a correlation where all ages are alike) is NaN, in JSON null. */
export interface Metrics {
  pictures: number;
  patients: number;
  /** Resamples by patient behind every interval. */
  bootstrap_resamples: number;
  mae: Estimate;
  absolute_error_sd: number;
  median_absolute_error: Estimate;
  rmse: Estimate;
  /** Mean of predicted − true. */
  bias: Estimate;
  r2: Estimate;
  pearson: Estimate;
  /** ICC(2,1) of predicted and true age: absolute agreement. */
  icc: Estimate;
  mean_predictor_mae: number;
  /** MAE over that of predicting the training mean; below 1 is better than knowing nothing. */
  ratio_to_mean_predictor: Estimate;
  /** Least expected MAE of any predictor, where the truth is known. */
  limit_mae: number | null;
  mean_sigma_raw: number;
  mean_sigma: number;
  coverage: Coverage[];
  /** Mean distance between nominal and true coverage of central intervals over the levels 5, 10 … 95 %. */
  calibration_error_raw: number;
  calibration_error: number;
  /** Mean Gaussian negative log likelihood in years, with its constant. */
  nll_raw: number;
  nll: number;
  /** Before and after recalibration. */
  calibration: { raw: Calibration; recalibrated: Calibration };
  /** Pearson correlation of σ with the known spread of ages; null without truth. */
  sigma_truth_correlation: number | null;
  bland_altman: BlandAltman;
  age_gap: AgeGapSummary;
  subgroups: Subgroup[];
}

export const LEVELS = [0.5, 0.8, 0.9, 0.95];

function coverageOf(predictions: readonly Measured[], bootstrap: Bootstrap): Coverage[] {
  return LEVELS.map((level) => {
    const before = coverageStatistic(predictions, 'sigma_raw', level);
    const after = coverageStatistic(predictions, 'sigma', level);
    const { raw, recalibrated } = bootstrap.estimate((weights) => ({
      raw: before(weights),
      recalibrated: after(weights),
    }));
    return {
      level,
      raw: raw.value,
      raw_low: raw.low,
      raw_high: raw.high,
      recalibrated: recalibrated.value,
      recalibrated_low: recalibrated.low,
      recalibrated_high: recalibrated.high,
    };
  });
}

/** What can be said where the best prediction is known, as with generated bodies; nulls elsewhere. */
function againstTruth(predictions: readonly Measured[]): Pick<Metrics, 'limit_mae' | 'sigma_truth_correlation'> {
  const truths = predictions.flatMap(({ truth }) => truth ?? []);
  if (truths.length < predictions.length) return { limit_mae: null, sigma_truth_correlation: null };
  return {
    limit_mae: mean(truths.map(({ absoluteError }) => absoluteError)),
    sigma_truth_correlation: pearson(
      predictions.map(({ sigma }) => sigma),
      truths.map(({ sigma }) => sigma),
    ),
  };
}

/** All figures for a run's out-of-fold predictions (at least one). The seed draws the bootstrap's resamples. */
export function computeMetrics(predictions: readonly Prediction[], seed: number): Metrics {
  return metricsOf(predictions, seed, correctionAcrossFolds(predictions));
}

/** All figures for any predictions (at least one). @param correction of the age gap */
export function metricsOf<P extends Measured>(
  predictions: readonly P[],
  seed: number,
  correction: GapCorrection<P>,
): Metrics {
  const bootstrap = new Bootstrap(
    predictions.map(({ subject }) => subject),
    seed,
  );
  const { ratio, ...errors } = bootstrap.estimate(errorStatistics(predictions));
  const calibration = {
    raw: calibrationOf(predictions, 'sigma_raw', bootstrap),
    recalibrated: calibrationOf(predictions, 'sigma', bootstrap),
  };
  return {
    pictures: predictions.length,
    patients: bootstrap.patients,
    bootstrap_resamples: RESAMPLES,
    ...errors,
    absolute_error_sd: standardDeviation(predictions.map((each) => Math.abs(each.age - each.mean))),
    mean_predictor_mae: mean(predictions.map((each) => Math.abs(each.age - each.training_mean))),
    ratio_to_mean_predictor: ratio,
    mean_sigma_raw: mean(predictions.map((each) => each.sigma_raw)),
    mean_sigma: mean(predictions.map((each) => each.sigma)),
    coverage: coverageOf(predictions, bootstrap),
    calibration_error_raw: calibration.raw.interval_calibration_error,
    calibration_error: calibration.recalibrated.interval_calibration_error,
    nll_raw: calibration.raw.nll.value,
    nll: calibration.recalibrated.nll.value,
    calibration,
    ...againstTruth(predictions),
    bland_altman: blandAltman(predictions, bootstrap),
    age_gap: summariseGaps(predictions, correction, bootstrap),
    subgroups: subgroupsOf(predictions, seed),
  };
}

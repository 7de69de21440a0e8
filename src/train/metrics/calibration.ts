/** Whether the predicted σ means what it says. */
import { centralProbability, erf } from '../normal.ts';
import type { Bootstrap, Estimate } from './bootstrap.ts';
import { mean } from './moments.ts';
import { type Measured, type SigmaKey, standardisedResidual } from './prediction.ts';
import { type SigmaBin, sigmaBins } from './sigma-bins.ts';
import { type Weights, weightedMean } from './weighted.ts';

/** Nominal levels of the calibration curve: 5, 10 … 95 %. */
export const CURVE_LEVELS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/** Observed at a nominal level. */
export interface CurvePoint {
  level: number;
  /** Share of true ages within the central interval of this level. */
  interval: number;
  /** Share of true ages below the predicted quantile of this level. */
  quantile: number;
}

/** The three calibration errors are distances, which resampling can hardly but raise; so they have no intervals. */
export interface Calibration {
  /** Root mean square of σ in years; the smaller, the sharper, at equal calibration. */
  sharpness: Estimate;
  /**
   * Expected calibration error of quantiles: mean over p = 5, 10 … 95 % of |share of true ages below the predicted
   * p-quantile − p| (Kuleshov, Fenner and Ermon, ICML 2018, with absolute in place of squared distances). Sees bias too.
   */
  quantile_calibration_error: number;
  /** The same for central intervals, which a bias to both sides leaves as they are: mean of |coverage − level|. */
  interval_calibration_error: number;
  /**
   * Expected normalised calibration error: mean over the bins of σ of |root mean variance − RMSE| / root mean variance
   * (Levi, Gispan, Giladi and Fetaya, Sensors 22, 5540, 2022).
   */
  normalised_calibration_error: number;
  /** Mean Gaussian negative log likelihood in years, with its constant. */
  nll: Estimate;
  /** Mean continuous ranked probability score in years (Gneiting and Raftery, JASA 102, 2007). */
  crps: Estimate;
  curve: CurvePoint[];
  bins: SigmaBin[];
}

/** Share of the probabilities that is at most each level. */
function sharesBelow(probabilities: Float64Array): number[] {
  return CURVE_LEVELS.map((level) => probabilities.filter((each) => each <= level).length / probabilities.length);
}

function curveOf(residuals: Float64Array): CurvePoint[] {
  const intervals = sharesBelow(residuals.map(centralProbability));
  const quantiles = sharesBelow(residuals.map((z) => 0.5 * (1 + erf(z / Math.SQRT2))));
  return CURVE_LEVELS.map((level, i) => ({
    level,
    interval: intervals[i] as number,
    quantile: quantiles[i] as number,
  }));
}

/** −log density of a normal distribution at the true age; infinite where σ is 0 and the age is another. */
function negativeLogLikelihood(sigma: number, z: number): number {
  if (sigma === 0 && z !== 0) return Number.POSITIVE_INFINITY;
  return 0.5 * Math.log(2 * Math.PI) + Math.log(sigma) + 0.5 * z * z;
}

/** Of a normal distribution; the absolute error where σ is 0. */
function rankedProbabilityScore(sigma: number, z: number, error: number): number {
  if (sigma === 0) return Math.abs(error);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return sigma * (Math.abs(z) * centralProbability(z) + 2 * density - 1 / Math.sqrt(Math.PI));
}

/** Share of true ages within the central interval of a level, for any sample of the predictions. */
export function coverageStatistic(
  predictions: readonly Measured[],
  key: SigmaKey,
  level: number,
): (weights: Weights) => number {
  const inside = Float64Array.from(predictions, (each) =>
    centralProbability(standardisedResidual(each, key)) <= level ? 1 : 0,
  );
  return (weights) => weightedMean(inside, weights);
}

/** Everything about one of the two σ. */
export function calibrationOf(predictions: readonly Measured[], key: SigmaKey, bootstrap: Bootstrap): Calibration {
  const residuals = Float64Array.from(predictions, (each) => standardisedResidual(each, key));
  const sigma = Float64Array.from(predictions, (each) => each[key]);
  const variance = sigma.map((value) => value * value);
  const nll = sigma.map((value, i) => negativeLogLikelihood(value, residuals[i] as number));
  const crps = sigma.map((value, i) => {
    const each = predictions[i] as Measured;
    return rankedProbabilityScore(value, residuals[i] as number, each.mean - each.age);
  });
  const curve = curveOf(residuals);
  const { bins, normalised_calibration_error } = sigmaBins(predictions, key, bootstrap);
  return {
    ...bootstrap.estimate((weights) => ({
      sharpness: Math.sqrt(weightedMean(variance, weights)),
      nll: weightedMean(nll, weights),
      crps: weightedMean(crps, weights),
    })),
    quantile_calibration_error: mean(curve.map(({ level, quantile }) => Math.abs(quantile - level))),
    interval_calibration_error: mean(curve.map(({ level, interval }) => Math.abs(interval - level))),
    normalised_calibration_error,
    curve,
    bins,
  };
}

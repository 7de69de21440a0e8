/** How far predictions are from the true ages. */
import type { Statistics } from './bootstrap.ts';
import type { Measured } from './prediction.ts';
import { ascending, type Moments, moments, weightedMean, weightedMedian } from './weighted.ts';

export type ErrorKey = 'mae' | 'median_absolute_error' | 'rmse' | 'bias' | 'r2' | 'pearson' | 'icc' | 'ratio';

/** MAE, RMSE, bias (predicted − true) in years; R², Pearson's r, ICC(2,1); `ratio` to the MAE of predicting the mean age. */
export function errorStatistics(predictions: readonly Measured[]): Statistics<ErrorKey> {
  const age = Float64Array.from(predictions, (each) => each.age);
  const mean = Float64Array.from(predictions, (each) => each.mean);
  const error = Float64Array.from(predictions, (each) => each.mean - each.age);
  const absolute = error.map(Math.abs);
  const squared = error.map((value) => value * value);
  const baseline = Float64Array.from(predictions, (each) => Math.abs(each.age - each.training_mean));
  const order = ascending(absolute);
  return (weights) => {
    const [mae, squares] = [weightedMean(absolute, weights), weightedMean(squared, weights)];
    const both = moments(age, mean, weights);
    return {
      mae,
      median_absolute_error: weightedMedian(absolute, order, weights),
      rmse: Math.sqrt(squares),
      bias: weightedMean(error, weights),
      r2: both.xx > 0 ? 1 - (squares * both.n) / both.xx : Number.NaN,
      pearson: both.xy / Math.sqrt(both.xx * both.yy),
      icc: intraclassCorrelation(both),
      ratio: mae / weightedMean(baseline, weights),
    };
  };
}

/**
 * ICC(2,1): two-way random effects, absolute agreement, a single measurement (Shrout and Fleiss, Psychological Bulletin
 * 86, 1979), for two measurements x and y of each of n subjects. With two of them the sums of squares of the analysis of
 * variance follow from the moments: about subjects ½ Σ (x + y)², the rest ½ Σ (x − y)², both about their means. NaN for
 * fewer than two subjects, and where nothing varies.
 */
export function intraclassCorrelation({ n, x, y, xx, yy, xy }: Moments): number {
  const subjects = (xx + yy + 2 * xy) / 2 / (n - 1);
  const residual = (xx + yy - 2 * xy) / 2 / (n - 1);
  const measurements = (n * (x - y) ** 2) / 2;
  return (subjects - residual) / (subjects + residual + (2 * (measurements - residual)) / n);
}

import type { Bootstrap, Estimate } from './bootstrap.ts';
import type { Measured } from './prediction.ts';
import { moments } from './weighted.ts';

/**
 * Agreement of predicted with true age (Bland and Altman, Statistical Methods in Medical Research 8, 1999). Differences are
 * predicted − true, in years.
 */
export interface BlandAltman {
  bias: Estimate;
  /** Sample standard deviation (n − 1) of the differences. */
  sd: Estimate;
  /** Bias ∓ 1.96 standard deviations: between them lie 95 % of the differences if they are normal. */
  lower_limit: Estimate;
  upper_limit: Estimate;
  /** Proportional bias: regression of the differences on the means of predicted and true age, years a year. */
  slope: Estimate;
  intercept: Estimate;
}

/** Standard deviations on either side that hold 95 % of a normal distribution. */
const LIMIT = 1.96;

export function blandAltman(predictions: readonly Measured[], bootstrap: Bootstrap): BlandAltman {
  const middle = Float64Array.from(predictions, (each) => (each.mean + each.age) / 2);
  const difference = Float64Array.from(predictions, (each) => each.mean - each.age);
  return bootstrap.estimate((weights) => {
    const { n, x, y: bias, xx, yy, xy } = moments(middle, difference, weights);
    const [sd, slope] = [Math.sqrt(yy / (n - 1)), xy / xx];
    return {
      bias,
      sd,
      lower_limit: bias - LIMIT * sd,
      upper_limit: bias + LIMIT * sd,
      slope,
      intercept: bias - slope * x,
    };
  });
}

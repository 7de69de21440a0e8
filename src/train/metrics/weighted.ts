/**
 * Statistics of a sample in which value i occurs weights[i] times. A bootstrap's resample is the same values with other
 * weights, so each statistic is written once and serves the sample and all its resamples.
 */

/** How often each row occurs: whole numbers, 0 included. */
export type Weights = Float64Array;

export function total(weights: Weights): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i] as number;
  return sum;
}

/** NaN where nothing has weight. */
export function weightedMean(values: Float64Array, weights: Weights): number {
  let [n, sum] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue; // an infinite value that is not in the sample
    n += weight;
    sum += weight * (values[i] as number);
  }
  return sum / n;
}

/** The same over some of the rows alone. */
export function weightedMeanOf(rows: Uint32Array, values: Float64Array, weights: Weights): number {
  let [n, sum] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const weight = weights[row] as number;
    n += weight;
    sum += weight * (values[row] as number);
  }
  return sum / n;
}

/** Number, means, and sums of squares and products about the means. */
export interface Moments {
  n: number;
  x: number;
  y: number;
  xx: number;
  yy: number;
  xy: number;
}

/** In two passes, and from the first value on, so that sums of squares of equal values are exactly 0. */
export function moments(x: Float64Array, y: Float64Array, weights: Weights): Moments {
  const [x0, y0] = [x[0] ?? 0, y[0] ?? 0];
  let [n, sx, sy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const weight = weights[i] as number;
    n += weight;
    sx += weight * ((x[i] as number) - x0);
    sy += weight * ((y[i] as number) - y0);
  }
  const [mx, my] = [sx / n, sy / n];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const weight = weights[i] as number;
    const dx = (x[i] as number) - x0 - mx;
    const dy = (y[i] as number) - y0 - my;
    xx += weight * dx * dx;
    yy += weight * dy * dy;
    xy += weight * dx * dy;
  }
  return { n, x: x0 + mx, y: y0 + my, xx, yy, xy };
}

/** Row numbers in the order of their values; of equal ones the first comes first. */
export function ascending(values: Float64Array): Uint32Array {
  return Uint32Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
}

/** The middle value, or the mean of the two middle ones. @param order `ascending(values)` */
export function weightedMedian(values: Float64Array, order: Uint32Array, weights: Weights): number {
  const n = total(weights);
  const [lower, upper] = [Math.ceil(n / 2), Math.floor(n / 2) + 1];
  let seen = 0;
  let first = Number.NaN;
  for (const row of order) {
    const before = seen;
    seen += weights[row] as number;
    if (before < lower && seen >= lower) first = values[row] as number;
    if (before < upper && seen >= upper) return (first + (values[row] as number)) / 2;
  }
  return Number.NaN;
}

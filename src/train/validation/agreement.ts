/**
 * How well two or more ratings of the same targets agree: intraclass correlations of Shrout and Fleiss, "Intraclass
 * correlations: uses in assessing rater reliability", Psychological Bulletin 86(2), 1979.
 */

export interface Agreement {
  /** ICC(2,1): absolute agreement; a constant difference between raters counts as disagreement. */
  absolute: number;
  /** ICC(3,1): consistency; a constant difference is forgiven. */
  consistency: number;
}

/**
 * Agreement of ratings[target][rater], two raters at least; target i counts weights[i] times. NaN for fewer than two
 * targets, and where all ratings are equal.
 */
export function agreement(
  ratings: readonly (readonly number[])[],
  weights: Float64Array = new Float64Array(ratings.length).fill(1),
): Agreement {
  const k = ratings[0]?.length ?? 0;
  const n = weights.reduce((sum, weight) => sum + weight, 0);
  const over = (term: (row: readonly number[]) => number) =>
    ratings.reduce((sum, row, i) => sum + (weights[i] as number) * term(row), 0);
  const rowMean = (row: readonly number[]) => row.reduce((sum, value) => sum + value, 0) / k;
  const columns = Array.from({ length: k }, (_, j) => over((row) => row[j] as number) / n);
  const grand = rowMean(columns);
  const betweenTargets = (k * over((row) => (rowMean(row) - grand) ** 2)) / (n - 1);
  const betweenRaters = (n * columns.reduce((sum, column) => sum + (column - grand) ** 2, 0)) / (k - 1);
  const left = (row: readonly number[], middle = rowMean(row)) =>
    row.reduce((sum, value, j) => sum + (value - middle - (columns[j] as number) + grand) ** 2, 0);
  const residual = over((row) => left(row)) / ((n - 1) * (k - 1));
  const spread = betweenTargets + (k - 1) * residual;
  return {
    absolute: (betweenTargets - residual) / (spread + (k * (betweenRaters - residual)) / n),
    consistency: (betweenTargets - residual) / spread,
  };
}

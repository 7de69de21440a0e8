import { mean } from './moments.ts';

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

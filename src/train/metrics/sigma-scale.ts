import { mean } from './moments.ts';
import type { Prediction } from './prediction.ts';

/** Fewest pictures from which a scale is fitted. */
export const FEWEST_VALIDATION = 8;

/**
 * The factor on σ that makes residuals as large as predicted, by maximum likelihood: c² = mean(((y − μ)/σ)²). 1 where there
 * are too few pictures to tell.
 */
export function sigmaScale(validation: readonly { age: number; mean: number; sigma: number }[]): number {
  if (validation.length < FEWEST_VALIDATION) return 1;
  return Math.sqrt(mean(validation.map((each) => ((each.age - each.mean) / each.sigma) ** 2)));
}

/** What recalibration has to know of a fold; keys as in fold.json. */
interface FoldScale {
  fold: number;
  /** Validation pictures. */
  validation: number;
  /** Factor fitted on them. */
  sigma_scale: number;
}

/** Whether its factor was fitted on validation pictures of its own. */
export const hasOwnScale = ({ validation }: FoldScale): boolean => validation >= FEWEST_VALIDATION;

/**
 * Gives the folds that had too few validation pictures a factor after all, and their predictions the σ that follows from it:
 * fitted on the out-of-fold predictions of the other folds, so that no prediction has a say in its own σ. 1 where these are
 * too few as well. The order of the predictions is of no account.
 */
export function recalibrated<Fold extends FoldScale>(
  folds: readonly Fold[],
  predictions: readonly Prediction[],
): { folds: Fold[]; predictions: Prediction[] } {
  const inOrder = [...predictions].sort((a, b) => a.row - b.row);
  const mended = folds.map((each) => {
    if (hasOwnScale(each)) return each;
    const others = inOrder.filter(({ fold }) => fold !== each.fold);
    return { ...each, sigma_scale: sigmaScale(others.map((other) => ({ ...other, sigma: other.sigma_raw }))) };
  });
  const scales = new Map(mended.filter((each) => !hasOwnScale(each)).map((each) => [each.fold, each.sigma_scale]));
  return {
    folds: mended,
    predictions: predictions.map((each) => {
      const scale = scales.get(each.fold);
      return scale === undefined ? each : { ...each, sigma: Math.fround(each.sigma_raw * scale) };
    }),
  };
}

import { Bootstrap, type Estimate } from '../metrics/bootstrap.ts';
import { errorStatistics } from '../metrics/errors.ts';
import type { Prediction } from '../metrics.ts';

/** Of the test part of a fold; years. */
export interface FoldErrors {
  mae: Estimate;
  bias: Estimate;
}

/** Errors by fold, with intervals by patient; folds without predictions have none. */
export function foldErrorsOf(predictions: readonly Prediction[], seed: number): Map<number, FoldErrors> {
  const folds = [...new Set(predictions.map(({ fold }) => fold))];
  return new Map(
    folds.map((fold) => {
      const members = predictions.filter((each) => each.fold === fold);
      const subjects = members.map(({ subject }) => subject);
      return [fold, new Bootstrap(subjects, seed).estimate(errorStatistics(members))];
    }),
  );
}

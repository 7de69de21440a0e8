/**
 * The age gap: predicted − true age. Predictions lean towards the middle of the ages they were learned from, so that the
 * young get positive gaps and the old negative ones. The correction takes away what a straight line on true age explains,
 * gap = slope · age + intercept (Beheshti, Nugent, Potvin and Duchesne, NeuroImage: Clinical 24, 102063, 2019). It uses the
 * true age, so a corrected gap says something about a person but nothing about how well ages are predicted.
 */
import type { Bootstrap, Estimate } from './bootstrap.ts';
import type { Measured, Prediction } from './prediction.ts';
import { moments } from './weighted.ts';

/** gap = slope · age + intercept, in years. */
export interface GapLine {
  /** Fold whose patients it corrects; null where it corrects all. */
  fold: number | null;
  slope: number;
  intercept: number;
  /** Pictures it was fitted on. */
  pictures: number;
}

/** Which line corrects which prediction. */
export interface GapCorrection<P extends Measured> {
  fitted_on: string;
  lines: GapLine[];
  /** Null where there were too few ages to fit one. */
  lineOf(prediction: P): GapLine | null;
}

/** One picture's gap in years. */
export interface AgeGap {
  gap: number;
  /** Null where no line could be fitted. */
  corrected_gap: number | null;
}

export interface GapSpread {
  mean: Estimate;
  sd: Estimate;
  /** Pearson's r of the gap with true age. */
  age_correlation: Estimate;
}

export interface AgeGapSummary {
  method: 'Beheshti et al. 2019: gap regressed on true age';
  fitted_on: string;
  lines: GapLine[];
  gap: GapSpread;
  /** Null where no line could be fitted. */
  corrected_gap: GapSpread | null;
}

const FEWEST = 3;

/** Least squares. Null for fewer than three pictures and for ages that are all the same. */
export function fitGapLine(predictions: readonly Measured[], fold: number | null): GapLine | null {
  const age = Float64Array.from(predictions, (each) => each.age);
  const gap = Float64Array.from(predictions, (each) => each.mean - each.age);
  const { n, x, y, xx, xy } = moments(age, gap, new Float64Array(predictions.length).fill(1));
  if (n < FEWEST || xx === 0) return null;
  const slope = xy / xx;
  return { fold, slope, intercept: y - slope * x, pictures: n };
}

/** Each fold's patients are corrected by a line fitted on the out-of-fold predictions of all other folds. */
export function correctionAcrossFolds(predictions: readonly Prediction[]): GapCorrection<Prediction> {
  const folds = [...new Set(predictions.map(({ fold }) => fold))].sort((a, b) => a - b);
  const lines = folds.flatMap(
    (fold) =>
      fitGapLine(
        predictions.filter((each) => each.fold !== fold),
        fold,
      ) ?? [],
  );
  return {
    fitted_on: 'out-of-fold predictions of the other folds',
    lines,
    lineOf: ({ fold }) => lines.find((line) => line.fold === fold) ?? null,
  };
}

/** One line for all, fitted on other patients than those it corrects. */
export function correctionFrom(line: GapLine | null, fittedOn: string): GapCorrection<Measured> {
  return { fitted_on: fittedOn, lines: line ? [line] : [], lineOf: () => line };
}

/** Gaps in the order of the predictions. */
export function ageGaps<P extends Measured>(predictions: readonly P[], { lineOf }: GapCorrection<P>): AgeGap[] {
  return predictions.map((prediction) => {
    const gap = prediction.mean - prediction.age;
    const line = lineOf(prediction);
    return { gap, corrected_gap: line && gap - (line.slope * prediction.age + line.intercept) };
  });
}

export function summariseGaps<P extends Measured>(
  predictions: readonly P[],
  correction: GapCorrection<P>,
  bootstrap: Bootstrap,
): AgeGapSummary {
  const age = Float64Array.from(predictions, (each) => each.age);
  const gaps = ageGaps(predictions, correction);
  const corrected = gaps.map(({ corrected_gap }) => corrected_gap);
  const whole = corrected.every((gap) => gap !== null);
  return {
    method: 'Beheshti et al. 2019: gap regressed on true age',
    fitted_on: correction.fitted_on,
    lines: correction.lines,
    gap: spreadOf(
      Float64Array.from(gaps, ({ gap }) => gap),
      age,
      bootstrap,
    ),
    corrected_gap: whole ? spreadOf(Float64Array.from(corrected as number[]), age, bootstrap) : null,
  };
}

function spreadOf(gap: Float64Array, age: Float64Array, bootstrap: Bootstrap): GapSpread {
  return bootstrap.estimate((weights) => {
    const { n, y, xx, yy, xy } = moments(age, gap, weights);
    return { mean: y, sd: Math.sqrt(yy / (n - 1)), age_correlation: xy / Math.sqrt(xx * yy) };
  });
}

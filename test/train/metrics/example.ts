import * as assert from 'uvu/assert';
import type { Prediction } from '../../../src/train/metrics.ts';

export const near = (actual: number, expected: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual} is not within ${tolerance} of ${expected}`);

/** A prediction of which a test says what matters. */
export const prediction = (age: number, mean: number, more: Partial<Prediction> = {}): Prediction => ({
  subject: `s${age}`,
  row: 0,
  fold: 0,
  age,
  sex: '',
  scanner: '',
  contrast: '',
  mean,
  sigma_raw: 2,
  sigma: 4,
  training_mean: 50,
  truth: null,
  ...more,
});

import type { Subject, Truth } from '../subjects.ts';

/** A prediction for a picture of known age, by a model that has never seen this patient. Years. */
export interface Measured {
  subject: string;
  /** Row in the data set's table. */
  row: number;
  age: number;
  sex: string;
  /** Manufacturer and model; '' where it is not known. */
  scanner: string;
  contrast: Subject['contrast'];
  mean: number;
  /** Predicted deviation as the network gives it. */
  sigma_raw: number;
  /** The same times the fold's scale, fitted on its validation patients or, where it has too few, on the other folds. */
  sigma: number;
  /** Mean age of the fold's training pictures: what a model without a picture would say. */
  training_mean: number;
  truth: Truth | null;
}

/** An out-of-fold prediction of a run. */
export interface Prediction extends Measured {
  fold: number;
}

/** Which of a prediction's two σ is meant: as the network gives it, or recalibrated. */
export type SigmaKey = 'sigma_raw' | 'sigma';

/** (age − mean) / σ. An exact prediction is 0 deviations away even where σ is 0. */
export function standardisedResidual(prediction: Measured, key: SigmaKey): number {
  const error = prediction.age - prediction.mean;
  return error === 0 ? 0 : error / prediction[key];
}

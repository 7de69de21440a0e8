/**
 * `explain.json`: what a run's explanations are, and in which files they lie. The interfaces are written as they are, so
 * their keys are those of the file; file names are relative to its folder.
 */
import type { ScoreCamRecipe } from '../nn/explain/index.ts';
import type { NetworkName } from '../nn/index.ts';
import type { SALIENCY_METHODS } from './saliency.ts';

export const EXPLAIN_FORMAT = 'agelens-explain-1';

/** Files of one explanation. */
export interface ExplanationFiles {
  /** PNG: the picture as the eye wants it, and the same with the map over it. */
  picture: string;
  overlay: string;
  /** NumPy: float32 [side, side], 0 to 1, rows and columns those of the picture that the network takes. */
  map: string;
}

/** An explained prediction. Ages in years. */
interface Explained extends ExplanationFiles {
  /** Whose network is explained: out of fold the one that never saw the patient. */
  fold: number;
  mean: number;
  sigma: number;
}

/** Of a picture of the run's data. */
export interface ExplanationEntry extends Explained {
  subject: string;
  /** Row in the data's table. */
  row: number;
  age: number;
}

/** Of a picture from elsewhere; `mean` and `sigma` are those of all networks together. */
export interface StudyExplanation extends Explained {
  /** Number among the studies that were given, from 1. */
  study: number;
}

export interface Explanations<Entry = ExplanationEntry> {
  format: typeof EXPLAIN_FORMAT;
  notice: string;
  network: NetworkName;
  /** Side in pixels of the pictures that the network takes, and of the maps. */
  side: number;
  method: (typeof SALIENCY_METHODS)[number];
  /** Of Score-CAM, else null. */
  recipe: ScoreCamRecipe | null;
  layer: string;
  subjects: Entry[];
}

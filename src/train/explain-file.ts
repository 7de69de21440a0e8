/**
 * `explain.json`: what a run's explanations are, and in which files they lie. The interfaces are written as they are, so
 * their keys are those of the file; file names are relative to its folder.
 */
import type { ScoreCamRecipe } from '../nn/explain/index.ts';
import type { NetworkName } from '../nn/index.ts';
import type { GroupKey } from './explain-groups.ts';
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

/** Areas under the four curves below, in years: how far the prediction lies from that of the whole picture on average. */
export interface CurveAreas {
  deletion: number;
  insertion: number;
  random_deletion: number;
  random_insertion: number;
}

/**
 * How far, in years, the predicted age goes from that of the whole picture when the first share of the pixels in the map's
 * order becomes 0 (deletion), and when all but it is 0 (insertion); shares as in the summary. `random_…`: the mean over maps
 * of random values that are as coarse as the layer's features.
 */
export interface CurveCheck {
  deletion: number[];
  insertion: number[];
  random_deletion: number[];
  random_insertion: number[];
  areas: CurveAreas;
}

/** How alike the map is to the one before, once this part of the network and all after it are untrained. */
export interface RandomisedPart {
  part: string;
  /** Spearman's rank correlation over the pixels; null where one of the maps has a single value only. */
  spearman: number | null;
  /** Mean structural similarity, windows of 7 × 7. */
  ssim: number;
}

/** Checks of one map. */
export interface MapCheck {
  curves: CurveCheck;
  randomised: RandomisedPart[];
}

/** Checks of all explained predictions: means over them. */
export interface CheckSummary {
  subjects: number;
  seed: number;
  /** What pixels become that are taken away: the empty picture, all 0. */
  baseline: 'empty';
  random_orders: number;
  /** Shares of the pixels at which the curves are taken. */
  shares: number[];
  curves: CurveCheck;
  /** Share of the predictions whose deletion area is above that of random orders, and whose insertion area is below. */
  deletion_better: number;
  insertion_better: number;
  /** From the output to the input. */
  randomised: RandomisedPart[];
  /** Rank correlation below which the untrained network's map counts as another one, and whether its mean is. */
  threshold: number;
  map_changes: boolean;
}

/** A group of `groups.npz`, in its order. */
export interface GroupEntry extends GroupKey {
  pictures: number;
  patients: number;
  /** PNG: the mean map, divided by `scale`, over the mean picture. */
  overlay: string;
}

/** Mean maps by bands of ten years of true age, all and by sex, over all predictions of the run out of fold. */
export interface GroupSummary {
  /**
   * NumPy archive: `map` float32 [groups, side, side], `picture` float32 [groups, prepared side, prepared side], and int32
   * [groups] `age_from`, `age_to` (not included), `pictures`, `patients`.
   */
  file: string;
  /** Greatest value of all mean maps: what the overlays show as 1, so that groups can be compared. */
  scale: number;
  groups: GroupEntry[];
}

/** An explained prediction. Ages in years. */
interface Explained extends ExplanationFiles {
  /** Whose network is explained: out of fold the one that never saw the patient. */
  fold: number;
  mean: number;
  sigma: number;
  /** Where checks were asked for. */
  check?: MapCheck;
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
  /** Null where no checks were asked for. */
  check: CheckSummary | null;
  /** Null where no groups were asked for. */
  groups: GroupSummary | null;
}

/** Everything a report shows. It is plain data, so a report can be made again from a run folder at any time. */

import type { EpochRow } from '../checkpoint.ts';
import type { Config } from '../config.ts';
import type { Environment } from '../environment.node.ts';
import type { ExplanationEntry, Explanations, GroupEntry } from '../explain-file.ts';
import type { ExternalResult } from '../external-folder.node.ts';
import type { AgeGap } from '../metrics/age-gap.ts';
import type { Metrics, Prediction } from '../metrics.ts';
import type { DataFacts, FoldFacts } from '../run-folder.node.ts';
import type { StartFacts } from '../start.node.ts';
import type { Validation } from '../validation/results.ts';
import type { FoldErrors } from './fold-errors.ts';

/** A saliency map with its pictures. */
export interface Explanation extends ExplanationEntry {
  /** PNG files. */
  images: { picture: Uint8Array; overlay: Uint8Array };
}

/** A mean saliency map over its mean picture, as a PNG file. */
export interface GroupImage extends GroupEntry {
  image: Uint8Array;
}

export interface ReportData {
  /** Name of the run. */
  title: string;
  config: Config;
  environment: Environment;
  data: DataFacts;
  /** The weights that the run was begun with; null for random ones. */
  start: StartFacts | null;
  /** Folds that are finished. */
  folds: FoldFacts[];
  history: EpochRow[];
  /** Out of fold. */
  predictions: Prediction[];
  metrics: Metrics;
  /** Age gaps in the order of the predictions. */
  gaps: AgeGap[];
  /** Of the test part of each fold. */
  foldErrors: Map<number, FoldErrors>;
  /** Null where nothing was explained. */
  explanations: Explanations<Explanation> | null;
  /** Mean saliency maps by age band and sex; empty where none were made. */
  groupImages: GroupImage[];
  /** What `agelens validate` found; null where it was not run. */
  validation: Validation | null;
  /** On an external test set; null where there was none. */
  external: ExternalResult | null;
  /** Phases of the run with seconds, where they were measured. */
  phases: [string, number][];
}

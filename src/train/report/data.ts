/** Everything a report shows. It is plain data, so a report can be made again from a run folder at any time. */

/** A statistic with its bootstrap interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface SubjectResult {
  id: string;
  /** Years. */
  age: number;
  sex: 'F' | 'M' | null;
  fold: number;
  /** Predicted mean age in years, by a model that never saw this subject. */
  mean: number;
  /** Predicted standard deviation in years after recalibration. */
  sigma: number;
}

export interface CoverageRow {
  /** Nominal coverage, e.g. 0.9. */
  level: number;
  /** Share of subjects inside the interval, as predicted. */
  raw: number;
  /** The same after recalibration of σ. */
  recalibrated: number;
}

export interface LossCurve {
  fold: number;
  points: { epoch: number; training: number; validation: number | null }[];
}

export interface Explanation {
  id: string;
  age: number;
  mean: number;
  sigma: number;
  /** PNG files. */
  picture: Uint8Array;
  overlay: Uint8Array;
}

export interface ReportData {
  title: string;
  /** True when the ages belong to generated bodies: the report then says so first. */
  synthetic: boolean;
  subjects: SubjectResult[];
  metrics: {
    mae: Estimate;
    /** Standard deviation of the absolute error, years. */
    absoluteErrorSd: number;
    rmse: Estimate;
    r2: Estimate;
    pearson: Estimate;
    /** MAE of always predicting the training folds' mean age. */
    meanPredictorMae: number;
    /** Least MAE any predictor can reach on this cohort, where it is known. */
    limitMae: number | null;
    meanSigma: number;
    /** Factor on σ fitted on validation subjects. */
    sigmaScale: number;
    coverage: CoverageRow[];
  };
  curves: LossCurve[];
  explanations: Explanation[];
  flow: { found: number; used: number; refused: { name: string; cause: string }[] };
  /** Label and value, in groups with a heading. */
  settings: { heading: string; rows: [string, string][] }[];
  environment: [string, string][];
  /** Phases of the run with seconds, where they were measured. */
  phases: [string, number][];
}

/**
 * What a perturbation of scans does to the predicted ages: every figure compares the same studies with and without it, and
 * intervals come from resampling patients, the same resamples for all perturbations.
 *
 * The interfaces below are written to validation.json as they are, so their keys are those of the file.
 */
import { Bootstrap, type Estimate } from '../metrics/bootstrap.ts';
import { mean, standardDeviation } from '../metrics/moments.ts';
import { weightedMean } from '../metrics/weighted.ts';
import { agreement } from './agreement.ts';

/** A prediction by the model that never saw the patient. Years. */
export interface Reading {
  mean: number;
  sigma: number;
}

/** One study under one perturbation; `perturbed` is null where its preparation was refused. */
export interface StudyReading {
  subject: string;
  age: number;
  unperturbed: Reading;
  perturbed: Reading | null;
}

/** What is asked for, said before anything is measured. */
export interface Criteria {
  /** Least ICC(2,1) of μ with and without the perturbation. */
  icc: number;
  /** Most that the MAE may grow, years. */
  mae_drift: number;
  /** Largest share of studies that the preparation may refuse. */
  refused_share: number;
}

/** 0.9 is where Koo and Li ("A guideline of selecting and reporting intraclass correlation coefficients", 2016) begin to call reliability excellent. */
export const CRITERIA: Readonly<Criteria> = { icc: 0.9, mae_drift: 1, refused_share: 0.05 };

export interface Comparison {
  /** MAE of the studies that were not refused, without and with the perturbation, years; the second minus the first. */
  mae_unperturbed: number;
  mae: number;
  mae_drift: Estimate;
  /** Change of μ: mean, standard deviation, largest size. Years. */
  change_mean: Estimate;
  change_sd: number;
  change_largest: number;
  /** ICC(2,1) and ICC(3,1) of μ with and without the perturbation. NaN (in JSON null) for a single study. */
  icc_absolute: Estimate;
  icc_consistency: Estimate;
  /** Mean change of σ, years. */
  sigma_change: Estimate;
}

export interface Robustness {
  /** Studies that were perturbed, and those of them that were refused. */
  studies: number;
  refused: number;
  refused_share: number;
  /** Null where all were refused. */
  comparison: Comparison | null;
  /** Criteria that were not met; none means passed. */
  failed: (keyof Criteria)[];
}

type Pair = Omit<StudyReading, 'perturbed'> & { perturbed: Reading };

const error = ({ mean: predicted }: Reading, age: number): number => Math.abs(predicted - age);

function comparisonOf(pairs: readonly Pair[], seed: number): Comparison {
  const of = (value: (pair: Pair) => number) => Float64Array.from(pairs, value);
  const drift = of(({ perturbed, unperturbed, age }) => error(perturbed, age) - error(unperturbed, age));
  const change = of(({ perturbed, unperturbed }) => perturbed.mean - unperturbed.mean);
  const sigma = of(({ perturbed, unperturbed }) => perturbed.sigma - unperturbed.sigma);
  const ratings = pairs.map(({ unperturbed, perturbed }) => [unperturbed.mean, perturbed.mean]);
  const bootstrap = new Bootstrap(
    pairs.map(({ subject }) => subject),
    seed,
  );
  const estimates = bootstrap.estimate((weights) => {
    const { absolute, consistency } = agreement(ratings, weights);
    return {
      mae_drift: weightedMean(drift, weights),
      change_mean: weightedMean(change, weights),
      icc_absolute: absolute,
      icc_consistency: consistency,
      sigma_change: weightedMean(sigma, weights),
    };
  });
  return {
    mae_unperturbed: mean(pairs.map(({ unperturbed, age }) => error(unperturbed, age))),
    mae: mean(pairs.map(({ perturbed, age }) => error(perturbed, age))),
    change_sd: standardDeviation([...change]),
    change_largest: Math.max(...change.map(Math.abs)),
    ...estimates,
  };
}

function failures(refusedShare: number, comparison: Comparison | null): (keyof Criteria)[] {
  const kept: Record<keyof Criteria, boolean> = {
    icc: comparison !== null && comparison.icc_absolute.value >= CRITERIA.icc,
    mae_drift: comparison !== null && comparison.mae_drift.value <= CRITERIA.mae_drift,
    refused_share: refusedShare <= CRITERIA.refused_share,
  };
  return (Object.keys(kept) as (keyof Criteria)[]).filter((key) => !kept[key]);
}

/** The figures of one perturbation at one strength, from one study at least. The seed draws the resamples. */
export function robustnessOf(readings: readonly StudyReading[], seed: number): Robustness {
  const pairs = readings.filter((each): each is Pair => each.perturbed !== null);
  const refused = readings.length - pairs.length;
  const share = refused / readings.length;
  const comparison = pairs.length === 0 ? null : comparisonOf(pairs, seed);
  return { studies: readings.length, refused, refused_share: share, comparison, failed: failures(share, comparison) };
}

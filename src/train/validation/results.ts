/** What validation.json holds: the interfaces are written to it as they are, so their keys are those of the file. */
import type { Environment } from '../environment.node.ts';
import type { ModelFigures } from '../metrics/external.ts';
import type { Estimate } from '../metrics.ts';
import type { PredictionsAgain, Seeds, TrainingAgain } from './reproducibility.node.ts';
import type { Criteria, Robustness } from './robustness.ts';

/** A perturbation with what it did at each strength. */
export interface PerturbationResult {
  name: string;
  title: string;
  /** What a strength counts, e.g. "mm". */
  unit: string;
  what: string;
  strengths: ({ strength: number } & Robustness)[];
}

export interface RobustnessSection {
  /** What was perturbed: scans before their preparation, or, where these were not at hand, prepared pictures. */
  of: 'scans' | 'pictures';
  studies: number;
  patients: number;
  /** Studies that were chosen and could not be used. */
  left_out: { subject: string; cause: string }[];
  perturbations: PerturbationResult[];
  /** Titles of perturbations that need scans, where there were none. */
  not_applied: string[];
}

export interface PreparationAgain {
  /** Scans that were prepared twice. */
  scans: number;
  /** How many gave the same bits both times, and how many those that the networks learned from. */
  same_twice: number;
  same_as_prepared: number;
  /** Driver of the run's preparation, where it was another one: then the same bits are not promised. */
  other_driver: string | null;
}

export interface GeneralisationSection {
  /** Of the external test set, without those of patients that the run was trained with. */
  pictures: number;
  patients: number;
  /** Pictures whose age is known: errors are over these. */
  known_ages: number;
  excluded: { pictures: number; patients: number };
  /** Each fold's model, then the ensemble; empty where no age is known. */
  models: ModelFigures[];
  /** The run's own, for comparison, years. */
  mae_out_of_fold: Estimate;
}

export interface Validation {
  agelens: string;
  /** Name of the run's folder. */
  run: string;
  /** Whether all ages belong to generated bodies. */
  synthetic: boolean;
  /** Draws the studies, the noise and the resamples. */
  seed: number;
  environment: Environment;
  /** Said before anything is measured. */
  criteria: Criteria;
  robustness: RobustnessSection;
  reproducibility: {
    predictions: PredictionsAgain;
    /** Null without scans. */
    preparation: PreparationAgain | null;
    training: TrainingAgain;
    /** Null where no other seeds were asked for. */
    seeds: Seeds | null;
  };
  /** Null where there is no external test set. */
  generalisation: GeneralisationSection | null;
}

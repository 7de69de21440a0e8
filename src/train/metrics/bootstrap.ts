/**
 * Bootstrap by patient (Efron and Tibshirani, "An introduction to the bootstrap", 1993): a resample draws as many patients
 * as there are, with replacement, each with all their pictures; an interval reaches from the 2.5th to the 97.5th percentile
 * of a statistic over 2,000 resamples.
 */
import { randomStream } from '../../util/random.ts';
import { percentile } from './moments.ts';
import type { Weights } from './weighted.ts';

/** A statistic with its 95 % bootstrap interval. What cannot be computed is NaN, in JSON null. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** Numbers that follow from how often each row is in the sample. */
export type Statistics<Key extends string> = (weights: Weights) => Record<Key, number>;

export const RESAMPLES = 2000;

export class Bootstrap {
  /** Of every row, as numbers from 0. */
  readonly #patientOf: Uint32Array;
  readonly #seed: number;
  readonly patients: number;
  /** How often each resample has each patient. */
  #counts: Uint16Array | null = null;

  /** @param subjects whose each row is; rows of one subject stay together */
  constructor(subjects: readonly string[], seed: number) {
    const numbers = new Map<string, number>();
    for (const subject of subjects) if (!numbers.has(subject)) numbers.set(subject, numbers.size);
    this.#patientOf = Uint32Array.from(subjects, (subject) => numbers.get(subject) as number);
    this.#seed = seed;
    this.patients = numbers.size;
  }

  #draw(): Uint16Array {
    const counts = new Uint16Array(RESAMPLES * this.patients);
    for (let resample = 0; resample < RESAMPLES; resample++) {
      const stream = randomStream(this.#seed, 'bootstrap', resample);
      const offset = resample * this.patients;
      for (let i = 0; i < this.patients; i++) {
        const at = offset + stream.integer(this.patients);
        counts[at] = (counts[at] as number) + 1;
      }
    }
    return counts;
  }

  /** The statistics of all rows, with intervals. The same seed and subjects give the same resamples in every call. */
  estimate<Key extends string>(statistics: Statistics<Key>): Record<Key, Estimate> {
    this.#counts ??= this.#draw();
    const weights = new Float64Array(this.#patientOf.length).fill(1);
    const values = Object.entries(statistics(weights)) as [Key, number][];
    const samples = values.map(() => new Float64Array(RESAMPLES));
    for (let resample = 0; resample < RESAMPLES; resample++) {
      const counts = this.#counts.subarray(resample * this.patients, (resample + 1) * this.patients);
      for (let row = 0; row < weights.length; row++) weights[row] = counts[this.#patientOf[row] as number] as number;
      const found = statistics(weights);
      values.forEach(([key], i) => {
        (samples[i] as Float64Array)[resample] = found[key];
      });
    }
    const estimates = values.map(([key, value], i) => [key, withInterval(value, samples[i] as Float64Array)]);
    return Object.fromEntries(estimates) as Record<Key, Estimate>;
  }
}

/** Resamples in which the statistic cannot be computed (all ages alike) count for nothing. */
function withInterval(value: number, samples: Float64Array): Estimate {
  if (!Number.isFinite(value)) return { value, low: Number.NaN, high: Number.NaN };
  const sorted = samples.filter(Number.isFinite).sort();
  return { value, low: percentile(sorted, 0.025), high: percentile(sorted, 0.975) };
}

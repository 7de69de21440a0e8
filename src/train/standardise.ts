import { standardDeviation } from './metrics/moments.ts';

/** Turns ages into the numbers a network learns, and back. Years. */
export interface Standardisation {
  mean: number;
  deviation: number;
}

/** Fitted on a fold's training pictures only. Ages that are all equal keep a deviation of one year. */
export function fitStandardisation(ages: readonly number[]): Standardisation {
  const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
  return { mean, deviation: standardDeviation(ages) || 1 };
}

export function standardised(age: number, { mean, deviation }: Standardisation): number {
  return (age - mean) / deviation;
}

/** A network's output (μ, s = log σ²) in years. Rounded to single precision: what the last bit of `exp` is, no standard says. */
export function inYears(mu: number, s: number, { mean, deviation }: Standardisation): { mean: number; sigma: number } {
  return { mean: Math.fround(mean + deviation * mu), sigma: Math.fround(deviation * Math.exp(s / 2)) };
}

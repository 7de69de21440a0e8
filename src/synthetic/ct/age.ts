/**
 * The age model of the synthetic cohort, and the best that any predictor can do on it.
 *
 * A subject has a chronological age a, uniform between 20 and 85 years, and a biological age b = a + N(0, σ(a)²). All
 * anatomy follows b alone. The spread grows with age, as biological ages do in life: σ(a) = 4 + 0.1 (a − 20), 4 years at
 * 20 and 10.5 at 85. That puts the error of the best predictor, 5.05 years, near where models err on patients (5.76 in
 * Kerber et al., 2023), so that a model of the cohort is as sure, and as unsure, as one has to be in life. Whoever reads b off the pictures without error still knows only p(a | b) ∝ p(b | a) p(a); its median
 * has the least mean absolute error, its mean the least squared one, and its deviation is what an honest model states.
 */
import type { RandomStream } from '../../util/random.ts';

export const YOUNGEST = 20;
export const OLDEST = 85;

/** Standard deviation of biological age at a chronological age, both in years. */
export function biologicalSpread(age: number): number {
  return 4 + 0.1 * (age - YOUNGEST);
}

/** Biological age of someone of this chronological age. */
export function drawBiologicalAge(age: number, stream: RandomStream): number {
  return age + stream.normal() * biologicalSpread(age);
}

/** What is known of the chronological age once the biological one is. All in years. */
export interface AgePosterior {
  mean: number;
  median: number;
  sigma: number;
  /** E|a − median|: the least mean absolute error at this biological age. */
  absoluteError: number;
}

const GRID_STEP = 0.05;
const GRID_SIZE = Math.round((OLDEST - YOUNGEST) / GRID_STEP);

/** Midpoint of a cell of the grid over chronological age. */
const gridAge = (cell: number): number => YOUNGEST + (cell + 0.5) * GRID_STEP;

/** p(b | a), up to a constant factor. */
function likelihood(biologicalAge: number, age: number): number {
  const sigma = biologicalSpread(age);
  const deviate = (biologicalAge - age) / sigma;
  return Math.exp(-0.5 * deviate * deviate) / sigma;
}

/** The age at which the cumulated weight reaches half of the total, linear inside a cell. */
function medianAge(weights: Float64Array, total: number): number {
  let below = 0;
  for (let cell = 0; cell < weights.length; cell++) {
    const weight = weights[cell] as number;
    if (below + weight >= total / 2) return YOUNGEST + (cell + (total / 2 - below) / weight) * GRID_STEP;
    below += weight;
  }
  return OLDEST;
}

/**
 * Posterior of the chronological age under the cohort's uniform prior, integrated by the midpoint rule (step 0.05 years).
 * @throws RangeError for a biological age so far outside 20 … 85 years that nobody can have it
 */
export function agePosterior(biologicalAge: number): AgePosterior {
  const weights = new Float64Array(GRID_SIZE);
  let total = 0;
  let sum = 0;
  for (let cell = 0; cell < GRID_SIZE; cell++) {
    const weight = likelihood(biologicalAge, gridAge(cell));
    weights[cell] = weight;
    total += weight;
    sum += weight * gridAge(cell);
  }
  if (total === 0)
    throw new RangeError(`biological age ${biologicalAge} cannot occur in the cohort (${YOUNGEST} to ${OLDEST} years)`);
  const mean = sum / total;
  const median = medianAge(weights, total);
  let squares = 0;
  let distances = 0;
  weights.forEach((weight, cell) => {
    squares += weight * (gridAge(cell) - mean) ** 2;
    distances += weight * Math.abs(gridAge(cell) - median);
  });
  return { mean, median, sigma: Math.sqrt(squares / total), absoluteError: distances / total };
}

/** The least errors that any predictor can reach on the cohort, over all ages. All in years. */
export interface KnownLimit {
  /** Mean absolute error of the posterior median. */
  mae: number;
  /** Root mean squared error of the posterior mean. */
  rmse: number;
  /** Mean of the posterior's deviation: the σ that a calibrated best model states on average. */
  meanSigma: number;
  /** Mean absolute error of always answering the mean age. */
  maeOfMeanAge: number;
}

/**
 * Errors of the best possible predictor: the posterior's, averaged over the biological ages of the cohort,
 * p(b) = ∫ p(b | a) p(a) da (midpoint rule, step 0.1 years in b).
 */
export function knownLimit(): KnownLimit {
  const step = 0.1;
  const lowest = YOUNGEST - 6 * biologicalSpread(YOUNGEST);
  const highest = OLDEST + 6 * biologicalSpread(OLDEST);
  const sums = { density: 0, absolute: 0, squared: 0, sigma: 0 };
  for (let b = lowest + step / 2; b < highest; b += step) {
    let density = 0;
    for (let cell = 0; cell < GRID_SIZE; cell++) density += likelihood(b, gridAge(cell));
    const { absoluteError, sigma } = agePosterior(b);
    sums.density += density;
    sums.absolute += density * absoluteError;
    sums.squared += density * sigma * sigma;
    sums.sigma += density * sigma;
  }
  return {
    mae: sums.absolute / sums.density,
    rmse: Math.sqrt(sums.squared / sums.density),
    meanSigma: sums.sigma / sums.density,
    maeOfMeanAge: (OLDEST - YOUNGEST) / 4,
  };
}

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawBiologicalAge } from '../../../src/synthetic/ct/age.ts';
import { agePosterior, biologicalSpread, knownLimit, OLDEST, YOUNGEST } from '../../../src/synthetic/ct/index.ts';
import { randomStream } from '../../../src/util/random.ts';

const test = suite('synthetic/ct/age');

const near = (actual: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not ${expected} ± ${tolerance}`);

test('the spread of biological age grows from 4 years at 20 to 10 at 80', () => {
  near(biologicalSpread(20), 4, 1e-12, 'at 20');
  near(biologicalSpread(80), 10, 1e-12, 'at 80');
});

test('in the middle of the range the posterior is nearly the likelihood, wider upwards', () => {
  const { mean, median, sigma, absoluteError } = agePosterior(50);
  near(mean, 50, 1.6, 'mean');
  near(median, 50, 0.8, 'median');
  near(sigma, biologicalSpread(50), 0.6, 'sigma');
  // The mean absolute deviation of a normal distribution is σ √(2/π).
  near(absoluteError, sigma * Math.sqrt(2 / Math.PI), 0.15, 'absolute error');
  assert.ok(agePosterior(70).sigma > agePosterior(35).sigma + 1);
});

test('beyond the ends of the range the posterior stays inside it and narrows', () => {
  const young = agePosterior(YOUNGEST - 3);
  const old = agePosterior(OLDEST + 6);
  assert.ok(young.mean > YOUNGEST && young.mean < YOUNGEST + 4, `${young.mean}`);
  assert.ok(old.mean < OLDEST && old.mean > OLDEST - 8, `${old.mean}`);
  assert.ok(young.sigma < biologicalSpread(YOUNGEST));
  assert.ok(old.sigma < biologicalSpread(OLDEST));
  assert.throws(() => agePosterior(1000), /biological age 1000 cannot occur/);
});

/** Errors of the posterior's answers on people drawn by the model. */
function simulate(people: number): { mae: number; rmse: number; meanSigma: number; plainMae: number } {
  const stream = randomStream(5, 'known limit');
  // Posteriors on a grid of biological ages, since each is an integral.
  const step = 0.25;
  const grid = Array.from({ length: 640 }, (_, i) => agePosterior(i * step));
  const sums = { absolute: 0, squared: 0, sigma: 0, plain: 0 };
  for (let i = 0; i < people; i++) {
    const age = stream.uniform(YOUNGEST, OLDEST);
    const biologicalAge = drawBiologicalAge(age, stream);
    const posterior = grid[Math.round(biologicalAge / step)];
    if (!posterior) throw new Error(`no posterior at ${biologicalAge}`);
    sums.absolute += Math.abs(age - posterior.median);
    sums.squared += (age - posterior.mean) ** 2;
    sums.sigma += posterior.sigma;
    sums.plain += Math.abs(age - biologicalAge);
  }
  return {
    mae: sums.absolute / people,
    rmse: Math.sqrt(sums.squared / people),
    meanSigma: sums.sigma / people,
    plainMae: sums.plain / people,
  };
}

test('the known limit is what simulated people give, and better than the biological age itself', () => {
  const limit = knownLimit();
  const people = 40_000;
  const simulated = simulate(people);
  // Three standard errors of a mean absolute error near 5 with deviation near 4.1.
  const tolerance = (3 * 4.2) / Math.sqrt(people) + 0.005;
  near(simulated.mae, limit.mae, tolerance, 'MAE');
  near(simulated.rmse, limit.rmse, 2 * tolerance, 'RMSE');
  near(simulated.meanSigma, limit.meanSigma, tolerance, 'mean sigma');
  assert.ok(limit.mae < simulated.plainMae, `${limit.mae} < ${simulated.plainMae}`);
  near(limit.maeOfMeanAge, 16.25, 1e-9, 'MAE of the mean age');
  assert.ok(limit.mae < 0.35 * limit.maeOfMeanAge);
});

test.run();

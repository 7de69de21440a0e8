import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ageGaps, correctionAcrossFolds } from '../../../src/train/metrics/age-gap.ts';
import { Bootstrap } from '../../../src/train/metrics/bootstrap.ts';
import { evaluationTables } from '../../../src/train/metrics/tables.ts';
import { weightedMedian } from '../../../src/train/metrics/weighted.ts';
import { computeMetrics, type Estimate } from '../../../src/train/metrics.ts';
import { prediction } from './example.ts';

const test = suite('metrics of odd data');
const undefinedNow = (estimate: Estimate) => [estimate.value, estimate.low, estimate.high].every(Number.isNaN);

test('one prediction: errors are known, spreads and correlations are not', () => {
  const metrics = computeMetrics([prediction(40, 43)], 1);
  assert.equal(metrics.mae, { value: 3, low: 3, high: 3 });
  assert.equal(metrics.median_absolute_error, { value: 3, low: 3, high: 3 });
  assert.is(metrics.bias.value, 3);
  for (const key of ['r2', 'pearson', 'icc'] as const) assert.ok(undefinedNow(metrics[key]), key);
  for (const key of ['sd', 'lower_limit', 'slope'] as const) assert.ok(undefinedNow(metrics.bland_altman[key]), key);
  assert.is(metrics.age_gap.corrected_gap, null);
  assert.is(JSON.parse(JSON.stringify(metrics)).r2.value, null);
});

test('two predictions: the ends of an interval are the two', () => {
  const { mae, rmse, r2 } = computeMetrics([prediction(40, 43), prediction(60, 59)], 1);
  assert.equal(mae, { value: 2, low: 1, high: 3 });
  assert.equal(rmse, { value: Math.sqrt(5), low: 1, high: 3 });
  assert.is(r2.value, 1 - 10 / 200);
});

test('ages that are all alike have no R² and no correlation, whatever rounding makes of their mean', () => {
  const rows = Array.from({ length: 12 }, (_, i) => prediction(50.1, 45 + i, { subject: `s${i}`, fold: i % 2 }));
  const metrics = computeMetrics(rows, 1);
  for (const key of ['r2', 'pearson'] as const) assert.ok(undefinedNow(metrics[key]), key);
  assert.equal(metrics.age_gap.lines, []);
  assert.ok(Number.isFinite(metrics.bland_altman.slope.value));
});

test('with one fold there is no other one to fit a correction on', () => {
  const rows = [40, 50, 60, 70].map((age) => prediction(age, 55));
  const correction = correctionAcrossFolds(rows);
  const gaps = ageGaps(rows, correction);
  assert.equal(gaps[0], { gap: 15, corrected_gap: null });
  const table = evaluationTables(computeMetrics(rows, 1), rows, gaps).get('age-gap.csv') ?? '';
  assert.match(table, /^subject,row,age,sex,mean,sigma,gap,corrected_gap\ns40,0,40,,55,4,15,\n/);
});

test('σ of 0 is right about exact predictions and infinitely wrong about others', () => {
  const exact = computeMetrics([prediction(40, 40, { sigma: 0 }), prediction(60, 60, { sigma: 0 })], 1);
  assert.is(exact.coverage[0]?.recalibrated, 1);
  assert.is(exact.calibration.recalibrated.crps.value, 0);
  const wrong = computeMetrics([prediction(40, 43, { sigma: 0 }), prediction(60, 61, { sigma: 0 })], 1);
  assert.is(wrong.coverage.at(-1)?.recalibrated, 0);
  assert.is(wrong.nll, Number.POSITIVE_INFINITY);
  assert.is(wrong.calibration.recalibrated.crps.value, 2);
});

test('groups: unknown ones are named so, groupings of which nothing is known are left out', () => {
  const rows = [
    prediction(39.9, 40, { sex: 'F', scanner: 'B 16' }),
    prediction(40, 43, { sex: '', scanner: 'A 64' }),
    prediction(105, 90, { sex: 'M', scanner: '' }),
    prediction(49.9, 43, { sex: 'M', scanner: 'A 64' }),
  ];
  const { subgroups } = computeMetrics(rows, 1);
  assert.equal(
    subgroups.map(({ grouping, group, pictures }) => [grouping, group, pictures]),
    [
      ['sex', 'F', 1],
      ['sex', 'M', 2],
      ['sex', 'unknown', 1],
      ['age', '30 to 39', 1],
      ['age', '40 to 49', 2],
      ['age', '100 to 109', 1],
      ['scanner', 'A 64', 2],
      ['scanner', 'B 16', 1],
      ['scanner', 'unknown', 1],
    ],
  );
  assert.is(subgroups[1]?.bias.value, (-15 - 6.9) / 2);
});

test('ties: predictions in any order give the same figures', () => {
  const rows = [3, 3, 1, 1, 1, 3, 2, 2].map((error, i) => prediction(40, 40 + error, { subject: `s${i % 4}`, row: i }));
  const shuffled = [6, 2, 7, 0, 1, 4, 3, 5].map((row) => rows[row] as (typeof rows)[number]);
  const [first, second] = [rows, shuffled].map((each) => computeMetrics(each, 1));
  assert.is(first?.median_absolute_error.value, 2);
  assert.is(second?.median_absolute_error.value, 2);
  assert.equal(first?.calibration.raw.curve, second?.calibration.raw.curve);
});

test('the median of a sample with repeats', () => {
  const values = Float64Array.of(5, 1, 3);
  const order = Uint32Array.of(1, 2, 0);
  assert.is(weightedMedian(values, order, Float64Array.of(1, 1, 1)), 3);
  assert.is(weightedMedian(values, order, Float64Array.of(2, 1, 1)), 4);
  assert.is(weightedMedian(values, order, Float64Array.of(0, 4, 0)), 1);
  assert.is(weightedMedian(values, order, Float64Array.of(1, 0, 1)), 4);
});

test('a resample has as many patients as there are, and all pictures of each', () => {
  const bootstrap = new Bootstrap(['a', 'b', 'a', 'c', 'b'], 4);
  assert.is(bootstrap.patients, 3);
  const seen = new Set<number>();
  bootstrap.estimate((weights) => {
    assert.is(weights[0], weights[2]);
    assert.is(weights[1], weights[4]);
    assert.is((weights[0] as number) + (weights[1] as number) + (weights[3] as number), 3);
    seen.add(weights[3] as number);
    return { n: 1 };
  });
  assert.equal([...seen].sort(), [0, 1, 2, 3]);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recalibrated, sigmaScale } from '../../src/train/metrics/sigma-scale.ts';
import { computeMetrics } from '../../src/train/metrics.ts';
import { centralProbability, centralQuantile, erf } from '../../src/train/normal.ts';
import { randomStream } from '../../src/util/random.ts';
import { near, prediction } from './metrics/example.ts';

const test = suite('metrics');

test('erf and the central probability agree with their tables', () => {
  near(erf(0.5), 0.5204998778130465, 1e-14);
  near(erf(2.4), 0.9993114861033549, 1e-14);
  near(erf(-3), -0.9999779095030014, 1e-14);
  near(centralProbability(1.959963984540054), 0.95, 1e-12);
  near(centralQuantile(0.9), 1.6448536269514722, 1e-10);
});

test('errors by hand', () => {
  const metrics = computeMetrics([prediction(40, 43), prediction(60, 59), prediction(80, 72)], 1);
  near(metrics.mae.value, 4, 1e-12);
  near(metrics.absolute_error_sd, Math.sqrt(13), 1e-12);
  near(metrics.rmse.value, Math.sqrt(74 / 3), 1e-12);
  near(metrics.r2.value, 1 - 74 / 800, 1e-12);
  near(metrics.pearson.value, 580 / Math.sqrt(422 * 800), 1e-12);
  near(metrics.mean_predictor_mae, 50 / 3, 1e-12);
  near(metrics.ratio_to_mean_predictor.value, 12 / 50, 1e-12);
  assert.equal(
    metrics.coverage.map(({ raw }) => raw),
    [1 / 3, 1 / 3, 2 / 3, 2 / 3],
  );
  assert.equal(
    metrics.coverage.map(({ recalibrated }) => recalibrated),
    [1 / 3, 2 / 3, 2 / 3, 2 / 3],
  );
  assert.is(metrics.limit_mae, null);
});

test('an honest σ covers what it promises, a small one is found out and mended', () => {
  const stream = randomStream(4, 'calibration');
  const rows = Array.from({ length: 1000 }, (_, i) => {
    const age = stream.uniform(20, 85);
    return prediction(age, age + stream.normal(0, 6), { subject: `s${i}`, sigma_raw: 3, sigma: 6 });
  });
  const metrics = computeMetrics(rows, 2);
  for (const { level, raw, recalibrated } of metrics.coverage) {
    near(recalibrated, level, 0.03);
    assert.ok(raw < level - 0.15);
  }
  const { raw, recalibrated } = metrics.calibration;
  assert.ok(recalibrated.quantile_calibration_error < 0.02);
  assert.ok(recalibrated.normalised_calibration_error < 0.1 && raw.normalised_calibration_error > 0.8);
  for (const { level, recalibrated_low, recalibrated_high } of metrics.coverage)
    assert.ok(recalibrated_low <= level && level <= recalibrated_high, `${level}`);
  assert.ok(recalibrated.crps.value < raw.crps.value);
  assert.ok(metrics.calibration_error < 0.02 && metrics.calibration_error_raw > 0.15);
  assert.ok(metrics.nll < metrics.nll_raw);
  near(sigmaScale(rows.map(({ age, mean, sigma_raw }) => ({ age, mean, sigma: sigma_raw }))), 2, 0.05);
});

test('ages that lie at the middles of equal shares of their distributions have no calibration error', () => {
  const rows = Array.from({ length: 400 }, (_, i) => {
    const share = (i + 0.5) / 400;
    const z = Math.sign(share - 0.5) * centralQuantile(Math.abs(2 * share - 1));
    return prediction(50 + 5 * z, 50, { subject: `s${i}`, sigma: 5 });
  });
  const { quantile_calibration_error, interval_calibration_error } = computeMetrics(rows, 1).calibration.recalibrated;
  near(quantile_calibration_error, 0, 1e-12);
  near(interval_calibration_error, 0, 1e-12);
});

test('the interval of the MAE has the width theory gives and resamples patients, not pictures', () => {
  const stream = randomStream(8, 'interval');
  const once = Array.from({ length: 300 }, (_, i) => {
    const age = stream.uniform(20, 85);
    return prediction(age, age + stream.normal(0, 5), { subject: `s${i}` });
  });
  const { mae, absolute_error_sd } = computeMetrics(once, 3);
  near(mae.high - mae.low, (2 * 1.96 * absolute_error_sd) / Math.sqrt(300), 0.1);
  const fourfold = computeMetrics([...once, ...once, ...once, ...once], 3).mae;
  near(fourfold.high - fourfold.low, mae.high - mae.low, 0.1);
});

test('truth gives the limit', () => {
  const truth = (absoluteError: number, sigma: number) => ({ biologicalAge: 50, mean: 50, sigma, absoluteError });
  const rows = [
    prediction(40, 43, { truth: truth(2, 3), sigma: 3 }),
    prediction(60, 59, { truth: truth(4, 5), sigma: 5 }),
    prediction(80, 72, { truth: truth(3, 4), sigma: 4 }),
  ];
  const metrics = computeMetrics(rows, 1);
  near(metrics.limit_mae ?? Number.NaN, 3, 1e-12);
  near(metrics.sigma_truth_correlation ?? Number.NaN, 1, 1e-12);
});

test('a fold without validation pictures takes its scale from the others, and no prediction has a say in its own', () => {
  const stream = randomStream(9, 'across folds');
  const rows = Array.from({ length: 60 }, (_, i) => {
    const age = stream.uniform(20, 85);
    return prediction(age, age + stream.normal(0, 6), { subject: `s${i}`, fold: i % 3, sigma_raw: 3, sigma: 3 });
  });
  const folds = [0, 1, 2].map((fold) => ({
    fold,
    validation: fold === 2 ? 20 : 0,
    sigma_scale: fold === 2 ? 1.75 : 1,
  }));
  const before = recalibrated(folds, rows);
  const raw = (fold: number) =>
    sigmaScale(rows.filter((each) => each.fold !== fold).map((each) => ({ ...each, sigma: 3 })));
  assert.equal(
    before.folds.map(({ sigma_scale }) => sigma_scale),
    [raw(0), raw(1), 1.75],
  );
  before.predictions.forEach((each, i) => {
    const scale = [raw(0), raw(1)][each.fold];
    assert.equal(each, scale === undefined ? rows[i] : { ...rows[i], sigma: Math.fround(3 * scale) });
  });
  const strange = rows.map((each) => (each.fold === 0 ? { ...each, mean: each.mean + 40 } : each));
  const after = recalibrated(folds, strange);
  assert.is(after.folds[0]?.sigma_scale, before.folds[0]?.sigma_scale);
  assert.ok((after.folds[1]?.sigma_scale ?? 0) > 2 * raw(1));
});

test('no scale is fitted on a handful', () => {
  assert.is(sigmaScale([{ age: 40, mean: 60, sigma: 1 }]), 1);
});

test.run();

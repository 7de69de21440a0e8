import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ageGaps, correctionAcrossFolds } from '../../../src/train/metrics/age-gap.ts';
import { computeMetrics, type Estimate, type Prediction } from '../../../src/train/metrics.ts';
import { readFixture } from '../../support/fixture.ts';
import { near, prediction } from './example.ts';

interface Reference {
  predictions: Record<'subject', string[]> & Record<'fold' | 'age' | 'mean' | 'sigma' | 'training_mean', number[]>;
  errors: Record<string, number>;
  coverage: Record<string, number>;
  calibration: Record<string, number> & { bin_mae: number[]; quantile: number[]; interval: number[] };
  bland_altman: Record<string, number>;
  age_gap: { corrected: number[]; sd: number; age_correlation: number };
  mae_interval: [number, number];
}

const test = suite('metrics against NumPy and SciPy');
const reference: Reference = JSON.parse(new TextDecoder().decode(await readFixture('reference/metrics.json')));
const { subject, fold, age, mean, sigma, training_mean } = reference.predictions;
const predictions: Prediction[] = age.map((years, row) =>
  prediction(years, mean[row] as number, {
    subject: subject[row] as string,
    row,
    fold: fold[row] as number,
    sigma: sigma[row] as number,
    training_mean: training_mean[row] as number,
  }),
);
const metrics = computeMetrics(predictions, 1);
const TOLERANCE = 1e-10;

function allNear(actual: object, expected: Readonly<Record<string, number>>, keys: readonly string[]): void {
  for (const key of keys) {
    const found = (actual as Record<string, number | Estimate>)[key] as number | Estimate;
    near(typeof found === 'number' ? found : found.value, expected[key] as number, TOLERANCE, key);
  }
}

test('errors', () => {
  const { ratio, ...errors } = reference.errors;
  allNear(metrics, errors, Object.keys(errors));
  near(metrics.ratio_to_mean_predictor.value, ratio as number, TOLERANCE);
});

test('coverage and calibration', () => {
  for (const { level, recalibrated } of metrics.coverage) assert.is(recalibrated, reference.coverage[String(level)]);
  const { bins, curve, ...rest } = metrics.calibration.recalibrated;
  allNear(rest, reference.calibration, Object.keys(rest));
  bins.forEach(({ mae, pictures }, i) => {
    near(mae.value, reference.calibration.bin_mae[i] as number, TOLERANCE);
    assert.is(pictures, 8);
  });
  assert.equal(
    curve.map(({ quantile }) => quantile),
    reference.calibration.quantile,
  );
  assert.equal(
    curve.map(({ interval }) => interval),
    reference.calibration.interval,
  );
});

test('agreement', () => {
  allNear(metrics.bland_altman, reference.bland_altman, Object.keys(metrics.bland_altman));
});

test('age gaps, each corrected by a line through the other folds', () => {
  const gaps = ageGaps(predictions, correctionAcrossFolds(predictions));
  gaps.forEach(({ corrected_gap }, i) => {
    near(corrected_gap ?? Number.NaN, reference.age_gap.corrected[i] as number, TOLERANCE);
  });
  allNear(metrics.age_gap.corrected_gap ?? {}, { ...reference.age_gap, corrected: 0 }, ['sd', 'age_correlation']);
});

test('the interval of the MAE is that of a bootstrap with a hundred times as many resamples', () => {
  const [low, high] = reference.mae_interval;
  near(metrics.mae.low, low, 0.15);
  near(metrics.mae.high, high, 0.15);
});

test.run();

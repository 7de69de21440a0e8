import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { agreement } from '../../../src/train/validation/agreement.ts';
import { PICTURE_PERTURBATIONS } from '../../../src/train/validation/picture-perturbations.ts';
import { renderValidation } from '../../../src/train/validation/report.ts';
import type { Validation } from '../../../src/train/validation/results.ts';
import { CRITERIA, robustnessOf, type StudyReading } from '../../../src/train/validation/robustness.ts';
import { randomStream } from '../../../src/util/random.ts';
import { near } from '../metrics/example.ts';

const test = suite('robustness');

/** Six targets, four judges: table 2 of Shrout and Fleiss (1979). */
const SHROUT_FLEISS = [
  [9, 2, 5, 8],
  [6, 1, 3, 2],
  [8, 4, 6, 8],
  [7, 1, 2, 6],
  [10, 5, 6, 9],
  [6, 2, 4, 7],
];

test('intraclass correlations are those of the published table', () => {
  const { absolute, consistency } = agreement(SHROUT_FLEISS);
  near(absolute, 0.29, 0.005);
  near(consistency, 0.71, 0.01); // 0.715, printed as 0.71
});

test('weights count targets as often as they say', () => {
  const twice = [SHROUT_FLEISS[0], SHROUT_FLEISS[0], ...SHROUT_FLEISS.slice(2)] as number[][];
  const { absolute, consistency } = agreement(SHROUT_FLEISS, Float64Array.of(2, 0, 1, 1, 1, 1));
  near(absolute, agreement(twice).absolute, 1e-12);
  near(consistency, agreement(twice).consistency, 1e-12);
});

test('a constant change costs agreement, not consistency', () => {
  const shifted = [20, 35, 50, 65, 80].map((age) => [age, age + 10]);
  near(agreement(shifted).consistency, 1, 1e-12);
  assert.ok(agreement(shifted).absolute < 0.95);
});

const reading = (age: number, mean: number, perturbed: number | null): StudyReading => ({
  subject: `s${age}`,
  age,
  unperturbed: { mean, sigma: 5 },
  perturbed: perturbed === null ? null : { mean: perturbed, sigma: 6 },
});

test('figures by hand, of the studies that were not refused', () => {
  const readings = [reading(30, 32, 34), reading(50, 47, 47), reading(70, 71, 68), reading(60, 60, null)];
  const { studies, refused, refused_share, comparison, failed } = robustnessOf(readings, 3);
  assert.equal([studies, refused, refused_share], [4, 1, 0.25]);
  if (!comparison) throw new Error('no comparison');
  near(comparison.mae_unperturbed, 2, 1e-12);
  near(comparison.mae, 3, 1e-12);
  near(comparison.mae_drift.value, 1, 1e-12);
  near(comparison.change_mean.value, -1 / 3, 1e-12);
  near(comparison.change_sd, Math.sqrt(((2 + 1 / 3) ** 2 + (1 / 3) ** 2 + (8 / 3) ** 2) / 2), 1e-12);
  assert.is(comparison.change_largest, 3);
  near(comparison.sigma_change.value, 1, 1e-12);
  assert.equal([comparison.mae_drift.low, comparison.mae_drift.high], [0, 2]);
  assert.equal(failed, ['refused_share']);
});

test('each criterion fails when it is missed, and only then', () => {
  const ages = [20, 30, 40, 50, 60, 70, 80];
  const with_ = (change: (age: number, i: number) => number | null) =>
    robustnessOf(
      ages.map((age, i) => reading(age, age, change(age, i))),
      1,
    ).failed;
  assert.equal(
    with_((age) => age),
    [],
  );
  assert.equal(
    with_((age) => age + CRITERIA.mae_drift + 0.1),
    ['mae_drift'],
  );
  assert.equal(
    with_((age, i) => (i === 0 ? null : age)),
    ['refused_share'],
  );
  assert.equal(
    with_((age) => 50 + (50 - age) / 9),
    ['icc', 'mae_drift'],
  );
  assert.equal(
    with_(() => null),
    ['icc', 'mae_drift', 'refused_share'],
  );
});

test('perturbations of pictures do what they say and leave the given one alone', () => {
  const side = 32;
  const random = () => randomStream(2, 'pictures');
  const picture = Float32Array.from(
    { length: side * side },
    (_, i) => (i % side) / 64 + (Math.floor(i / side) % 16) / 64,
  );
  const before = picture.slice();
  const perturbed = (name: string, strength: number) =>
    PICTURE_PERTURBATIONS.find((each) => each.name === name)?.apply(picture, side, strength, random()) as Float32Array;
  const at = (values: Float32Array, row: number, column: number) => values[row * side + column] as number;
  for (const { name, strengths } of PICTURE_PERTURBATIONS) {
    const made = perturbed(name, strengths.at(-1) as number);
    assert.is(made.length, side * side);
    assert.ok(
      made.every((value) => value >= 0 && value <= 1),
      name,
    );
    assert.ok(
      made.some((value, i) => value !== before[i]),
      name,
    );
    assert.equal(picture, before, name);
  }
  near(at(perturbed('picture_gain', 10), 3, 20), 1.1 * at(picture, 3, 20), 1e-6);
  near(at(perturbed('picture_slices_averaged', 4), 0, 6), (4 + 5 + 6 + 7) / 4 / 64, 1e-6);
  near(at(perturbed('picture_crop_feet', 20), 0, 0), (0.2 * side) / 64, 1e-6);
  near(at(perturbed('picture_crop_head', 20), 0, 10), (0.8 * 10) / 64, 1e-6);
  const shifted = perturbed('picture_shift', 14); // two rows of 32
  assert.equal([at(shifted, 1, 5), at(shifted, 17, 5)], [0, 0]);
  assert.equal([at(shifted, 2, 5), at(shifted, 20, 5)], [at(picture, 0, 5), at(picture, 18, 5)]);
});

const VALIDATION: Validation = {
  agelens: '0',
  run: '<run>',
  synthetic: true,
  seed: 1,
  environment: {
    agelens: '0',
    git_revision: null,
    node: 'v20',
    webgpu: '0',
    platform: 'linux',
    adapter: { name: 'adapter', kind: 'kind', driver: 'driver' },
  },
  criteria: CRITERIA,
  robustness: {
    of: 'scans',
    studies: 3,
    patients: 3,
    left_out: [{ subject: 's9', cause: 'no scan of this subject' }],
    perturbations: [
      {
        name: 'shift',
        title: 'Shift',
        unit: 'mm',
        what: 'Moved.',
        strengths: [
          { strength: -10, ...robustnessOf([reading(30, 30, 30), reading(50, 50, 50), reading(70, 70, 70)], 1) },
          { strength: 20, ...robustnessOf([reading(30, 30, 70), reading(50, 50, 50), reading(70, 70, 30)], 1) },
          { strength: 40, ...robustnessOf([reading(30, 30, null)], 1) },
        ],
      },
    ],
    not_applied: [],
  },
  reproducibility: {
    predictions: { predictions: 3, same_twice: true, same_as_run: 3, largest_difference: 0 },
    preparation: { scans: 3, same_twice: 3, same_as_prepared: 2, other_driver: null },
    training: {
      fold: 0,
      epochs: 2,
      of_epochs: 9,
      steps: 4,
      weights_sha256: ['abc', 'abc'],
      same_twice: true,
      same_losses_as_run: true,
      same_weights_as_run: null,
      other_driver: null,
      seconds: 1,
    },
    seeds: {
      fold: 0,
      seeds: [1, 2],
      epochs: 5,
      of_epochs: 9,
      studies: 3,
      spread: { value: 1.25, low: 1, high: 2 },
      icc_absolute: { value: 0.9, low: 0.8, high: 0.95 },
      mae: [5, 6],
    },
  },
  generalisation: null,
};

test('the page says what was kept and missed in words and signs, escapes, and loads nothing', () => {
  const page = renderValidation(VALIDATION);
  for (const text of [
    'Shift: −10 mm</th><td>✓ kept',
    '✗ ICC and MAE',
    '✗ ICC, MAE and refusals',
    'At 20 mm and 40 mm predictions no longer agree',
    'At −10 mm they keep the criteria.',
    'no scan of this subject',
    '✗ not the same', // one preparation of three
    'standard deviation of 1.25 (1.00 to 2.00) years between seeds',
    'no external test set was given',
    'mean nothing medically',
    '&lt;run&gt;',
  ])
    assert.ok(page.includes(text), text);
  assert.not.match(page, /<run>|NaN|undefined|null|<script|https?:\/\/|src=/);
});

test.run();

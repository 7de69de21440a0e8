import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ReportData } from '../../../src/train/report/data.ts';
import { renderReport } from '../../../src/train/report/report.ts';
import type { Comparison, Robustness } from '../../../src/train/validation/robustness.ts';
import { CRITERIA } from '../../../src/train/validation/robustness.ts';
import { example } from './example.ts';
import { body, table, tags, textOf } from './read-page.ts';

const test = suite('report: validation and group maps');

const estimate = (value: number) => ({ value, low: value - 0.25, high: value + 0.25 });

const comparison: Comparison = {
  ...{ mae_unperturbed: 5, mae: 6.5, mae_drift: estimate(1.5), change_mean: estimate(-2.25), change_sd: 3 },
  ...{ change_largest: 9, icc_absolute: estimate(0.5), icc_consistency: estimate(0.625), sigma_change: estimate(0.75) },
};
const missed: Robustness = { studies: 12, refused: 0, refused_share: 0, comparison, failed: ['icc', 'mae_drift'] };
const refused: Robustness = { studies: 12, refused: 12, refused_share: 1, comparison: null, failed: ['refused_share'] };

/** As it comes out of validation.json, where NaN is null. */
function validated(): ReportData {
  const data = example({ subjects: 24 });
  const seeds = { fold: 0, seeds: [1, 2], epochs: 2, of_epochs: 9, studies: 8, spread: estimate(1.125), mae: [5, 6] };
  const validation = {
    ...{ agelens: '1', run: 'r', synthetic: true, seed: 1, environment: data.environment, criteria: CRITERIA },
    robustness: {
      ...{ of: 'scans', studies: 12, patients: 11, left_out: [], not_applied: [] },
      perturbations: [
        {
          ...{ name: 'noise', title: 'Noise <b>', unit: 'HU', what: 'Gaussian noise.' },
          strengths: [
            { strength: 20, ...missed },
            { strength: 50, ...refused },
          ],
        },
      ],
    },
    generalisation: null,
    reproducibility: {
      predictions: { predictions: 24, same_twice: true, same_as_run: 24, largest_difference: 0 },
      preparation: { scans: 12, same_twice: 12, same_as_prepared: 12, other_driver: null },
      training: {
        ...{ fold: 0, epochs: 2, of_epochs: 9, steps: 4, weights_sha256: ['aa', 'aa'], same_twice: true },
        ...{ same_losses_as_run: true, same_weights_as_run: null, other_driver: null, seconds: 1 },
      },
      seeds: { ...seeds, icc_absolute: { value: Number.NaN, low: Number.NaN, high: Number.NaN } },
    },
  };
  return { ...data, validation: JSON.parse(JSON.stringify(validation)) };
}

test('what a validation found stands in the report, as in validation.json', () => {
  const page = renderReport(validated());
  const text = textOf(body(page));
  assert.match(text, /12 studies of 11 patients/);
  assert.match(text, /0 of 2 perturbations kept all of them/);
  const rows = table(page, 'What each perturbation does');
  const noise = rows.find(([head]) => head?.startsWith('Noise <b>: 20 HU')) as string[];
  for (const value of ['1.50', '−2.25', '0.500', '0.625']) assert.ok(noise.join(' ').includes(value), value);
  assert.is(table(page, 'Repetitions').length, 5);
  assert.not.match(page, /NaN|undefined|<b>: 20/);
  assert.not.match(text, /Robustness against changes of the scan was not examined/);
});

test('without a validation that is said', () => {
  const page = renderReport(example({ subjects: 12 }));
  assert.match(textOf(body(page)), /Robustness against changes of the scan was not examined/);
  assert.not.match(page, /id="validation"/);
});

test('mean maps by age band have their picture, text and counts', () => {
  const group = { age_from: 20, age_to: 30, sex: null, pictures: 7, patients: 6, overlay: 'g.png' };
  const groupImages = [
    { ...group, image: Uint8Array.of(1, 2, 3) },
    { ...group, sex: 'F', pictures: 1, patients: 1, image: Uint8Array.of(4, 5, 6) },
  ];
  const page = renderReport({ ...example({ subjects: 12 }), groupImages });
  const images = tags(page, 'img').filter((tag) => tag.includes('Mean saliency map'));
  assert.is(images.length, 2);
  assert.match(images[1] as string, /base64,BAUG" alt="Mean saliency map, 20 to 29 years, female"/);
  assert.match(textOf(body(page)), /20 to 29 years, all: 7 pictures of 6 patients/);
});

test.run();

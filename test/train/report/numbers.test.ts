import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Estimate } from '../../../src/train/metrics.ts';
import { causesOf } from '../../../src/train/report/causes.ts';
import { counted, fixed, listed, percent, range, setting } from '../../../src/train/report/numbers.ts';
import { renderReport } from '../../../src/train/report/report.ts';
import { rangeFromZero, rangeOf, ticks } from '../../../src/train/report/svg.ts';
import { example } from './example.ts';
import { table } from './read-page.ts';

const test = suite('report: numbers');
const data = example();
const { metrics } = data;
const page = renderReport(data);

/** A cell as a number; NaN for anything else. */
const number = (cell = ''): number => Number.parseFloat(cell.replaceAll('−', '-'));
/** Both ends of "a to b". */
const ends = (cell = ''): number[] => cell.split(' to ').map(number);

function near(actual: number, expected: number, digits: number, what: string) {
  assert.ok(Math.abs(actual - expected) <= 0.5001 * 10 ** -digits, `${what}: ${actual}, metrics say ${expected}`);
}

function row(rows: string[][], start: string): string[] {
  const found = rows.find(([head]) => head?.startsWith(start));
  if (!found) throw new Error(`there is no row "${start}"`);
  return found;
}

function compare([head = '', value, interval]: string[], { value: expected, low, high }: Estimate, digits: number) {
  near(number(value), expected, digits, head);
  near(ends(interval)[0] as number, low, digits, `${head}, low end`);
  near(ends(interval)[1] as number, high, digits, `${head}, high end`);
}

const valueIn = (score: Estimate | number): number => (typeof score === 'number' ? score : score.value);

test('the table of accuracy is that of metrics.json', () => {
  const rows = table(page, 'Accuracy of');
  compare(row(rows, 'Mean absolute error'), metrics.mae, 2);
  compare(row(rows, 'Median absolute error'), metrics.median_absolute_error, 2);
  compare(row(rows, 'Root mean square'), metrics.rmse, 2);
  compare(row(rows, 'Bias'), metrics.bias, 2);
  compare(row(rows, 'Coefficient'), metrics.r2, 3);
  compare(row(rows, 'Pearson'), metrics.pearson, 3);
  compare(row(rows, 'Intraclass'), metrics.icc, 3);
  compare(row(rows, 'MAE over'), metrics.ratio_to_mean_predictor, 3);
  near(number(row(rows, 'Standard deviation')[1]), metrics.absolute_error_sd, 2, 'SD');
  near(number(row(rows, 'MAE of predicting')[1]), metrics.mean_predictor_mae, 2, 'mean predictor');
  near(number(row(rows, 'Least MAE')[1]), metrics.limit_mae as number, 2, 'limit');
});

test('agreement and age gap are those of metrics.json', () => {
  const rows = table(page, 'Agreement of');
  const { bland_altman: agreement, age_gap: gap } = metrics;
  compare(row(rows, 'Bias'), agreement.bias, 2);
  compare(row(rows, 'Standard'), agreement.sd, 2);
  compare(row(rows, 'Lower'), agreement.lower_limit, 2);
  compare(row(rows, 'Upper'), agreement.upper_limit, 2);
  compare(row(rows, 'Proportional'), agreement.slope, 3);
  const gaps = table(page, 'The age gap');
  near(number(row(gaps, 'Mean')[1]), gap.gap.mean.value, 2, 'gap');
  near(number(row(gaps, 'Standard')[2]), gap.corrected_gap?.sd.value as number, 2, 'corrected gap');
});

test('coverage and scores are those of metrics.json, before and after recalibration', () => {
  const rows = table(page, 'Coverage of the central intervals');
  for (const { level, raw, recalibrated } of metrics.coverage) {
    const [, before, after] = row(rows, `${Math.round(100 * level)} %`);
    near(number(before), 100 * raw, 1, `${level} raw`);
    near(number(after), 100 * recalibrated, 1, `${level} recalibrated`);
  }
  const scores = table(page, 'Quality of the predicted distributions');
  const { raw, recalibrated } = metrics.calibration;
  for (const [start, key, digits] of [
    ['Sharpness', 'sharpness', 2],
    ['Calibration error of central', 'interval_calibration_error', 3],
    ['Calibration error of quantiles', 'quantile_calibration_error', 3],
    ['Normalised', 'normalised_calibration_error', 3],
    ['Negative', 'nll', 3],
    ['Continuous', 'crps', 2],
  ] as const) {
    near(number(row(scores, start)[1]), valueIn(raw[key]), digits, start);
    near(number(row(scores, start)[2]), valueIn(recalibrated[key]), digits, start);
  }
});

test('subgroups are those of metrics.json, one row each', () => {
  const rows = table(page, 'Subgroups').slice(1);
  assert.is(rows.length, metrics.subgroups.length);
  metrics.subgroups.forEach(({ pictures, patients, mae, bias, coverage_90, mean_sigma }, i) => {
    const [head = '', ...cells] = rows[i] as string[];
    assert.is(number(cells[0]), pictures);
    assert.is(number(cells[1]), patients);
    near(number(cells[2]), mae.value, 1, head);
    near(number(cells[4]), bias.value, 1, head);
    near(number(cells[5]), 100 * coverage_90.value, 0, head);
    near(number(cells[6]), mean_sigma, 1, head);
  });
});

test('checks of saliency maps are those of explain.json', () => {
  const areas = table(page, 'Mean distance of the prediction');
  assert.equal(row(areas, 'Deletion').slice(1), ['7.25', '5.50', '100 %']);
  assert.equal(row(areas, 'Insertion').slice(1), ['4.13', '6.50', '75 %']);
  const parts = table(page, 'Randomised weights');
  assert.equal(row(parts, 'fc').slice(1), ['0.75', '0.63']);
  assert.equal(row(parts, 'layer1').slice(1), ['–', '0.13']);
  assert.not.match(page, /stay alike/);
  const { explanations } = data;
  const alike = explanations?.check && { ...explanations.check, map_changes: false };
  const told = renderReport({ ...data, explanations: explanations && { ...explanations, check: alike ?? null } });
  assert.is(told.match(/stay alike/g)?.length, 2);
});

test('the cohort is counted, by fold and all', () => {
  const rows = table(page, 'The cohort');
  assert.equal(row(rows, 'Pictures').slice(1), ['48', '16', '16', '16']);
  assert.equal(row(rows, 'Sex: female')[1], '16 (33 %)');
  assert.equal(row(rows, 'Sex: unknown')[1], '16 (33 %)');
  assert.equal(row(rows, 'Age, range')[1], '21.0 to 81.0');
});

test('all predictions are listed', () => {
  assert.is(table(page, 'All 48').length, 49);
  near(number(row(table(page, 'All 48'), 's7')[4]), data.predictions[7]?.mean as number, 1, 's7');
});

test('numbers are written as papers write them', () => {
  assert.is(fixed(-0.04), '0.0');
  assert.is(fixed(-12.25), '−12.3');
  assert.is(fixed(Number.NaN), '–');
  assert.is(percent(0.875), '88 %');
  assert.is(range({ low: 1, high: 1 }), '–');
  assert.is(setting(0.0005), '5 · 10⁻⁴');
  assert.is(setting(1e-8), '10⁻⁸');
  assert.is(setting(0.05), '0.05');
  assert.is(counted(1, 'study', 'studies'), '1 study');
  assert.is(listed(['a', 'b', 'c']), 'a, b and c');
});

test('causes that differ in their numbers alone are counted together', () => {
  assert.equal(causesOf(['tilt of 12.0°', 'no age', 'tilt of 8.5°', 'row 7', 'row 7', 'row 7']), [
    { cause: 'row 7', count: 3 },
    { cause: 'tilt of …°', count: 2 },
    { cause: 'no age', count: 1 },
  ]);
});

test('ticks are round and cover the range', () => {
  assert.equal(ticks([20, 90]), [20, 40, 60, 80]);
  assert.equal(ticks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.equal(ticks([-10, 10], 4), [-10, -5, 0, 5, 10]);
  assert.equal(rangeFromZero([33]), [0, 40]);
  assert.equal(rangeFromZero([]), [0, 1]);
  assert.equal(rangeOf([21, 21, Number.NaN], 10), [20, 30]);
});

test.run();

import type { Estimate, Metrics } from '../../metrics.ts';
import { coverageChart } from '../charts/coverage.ts';
import { sigmaChart } from '../charts/sigma.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup, type Part } from '../html.ts';
import { legend } from '../legend.ts';
import { fixed, percent, percentRange, withInterval } from '../numbers.ts';
import { numeric, type Page, stacked } from '../page.ts';

const FIGURES = {
  coverage:
    'Coverage of the central intervals, with 95 % intervals at 50, 80, 90 and 95 %. Below the dashed line the model is overconfident.',
  sigma:
    'Mean absolute error against the recalibrated σ, in bins of equally many pictures. The dashed line is MAE = 0.80 σ, which normal errors follow.',
};

/** Coverage, and errors against σ, side by side. @param where begins both captions */
export function calibrationFigures(metrics: Metrics, page: Page, where = ''): Markup {
  const key = legend([
    { name: 'as predicted', className: 'point male', shape: 'square' },
    { name: 'recalibrated', className: 'point female', shape: 'circle' },
    { name: 'perfect calibration', className: 'identity' },
  ]);
  return html`<div class="pair">
${page.figure(html`${coverageChart(metrics)}${key}`, where + FIGURES.coverage)}
${page.figure(sigmaChart(metrics.calibration.recalibrated.bins), where + FIGURES.sigma)}</div>`;
}

/** Whether the predicted σ means what it says. */
export function calibration({ metrics }: ReportData, page: Page): Markup {
  return page.section(
    'calibration',
    'Uncertainty',
    html`<p>Each prediction comes with a standard deviation σ. If it is honest, a 90 % interval holds the true age of 90 % of the pictures, and the mean error grows with σ.</p>`,
    calibrationFigures(metrics, page),
    coverageTable(metrics, page),
    scoreTable(metrics, page),
  );
}

function coverageTable({ coverage }: Metrics, page: Page): Markup {
  const share = (value: number, low: number, high: number): Markup =>
    stacked(percent(value, 1), percentRange({ low, high }, 1));
  return page.table({
    caption: 'Coverage of the central intervals: share of true ages inside, with 95 % interval.',
    columns: ['Interval', ...numeric('As predicted', 'Recalibrated')],
    rows: coverage.map((row) => [
      percent(row.level),
      share(row.raw, row.raw_low, row.raw_high),
      share(row.recalibrated, row.recalibrated_low, row.recalibrated_high),
    ]),
  });
}

/** Scores that resampling would only raise have no interval. */
const score = (value: Estimate | number, digits: number): string =>
  typeof value === 'number' ? fixed(value, digits) : withInterval(value, digits);

function scoreTable({ calibration: { raw, recalibrated }, ...metrics }: Metrics, page: Page): Markup {
  type Score = Exclude<keyof typeof raw, 'curve' | 'bins'>;
  const row = (name: string, key: Score, digits: number): Part[] => [
    name,
    score(raw[key], digits),
    score(recalibrated[key], digits),
  ];
  const correlation = metrics.sigma_truth_correlation;
  return page.table({
    caption:
      'Quality of the predicted distributions before and after recalibration of σ, with 95 % intervals where resampling gives one.',
    columns: ['', ...numeric('As predicted', 'Recalibrated')],
    rows: [
      ['Mean σ (years)', fixed(metrics.mean_sigma_raw, 2), fixed(metrics.mean_sigma, 2)],
      row('Sharpness, root mean square of σ (years)', 'sharpness', 2),
      row('Calibration error of central intervals', 'interval_calibration_error', 3),
      row('Calibration error of quantiles', 'quantile_calibration_error', 3),
      row('Normalised calibration error', 'normalised_calibration_error', 3),
      row('Negative log likelihood', 'nll', 3),
      row('Continuous ranked probability score (years)', 'crps', 2),
    ],
    note:
      correlation !== null &&
      `Pearson correlation of σ with the known spread of the true ages: ${fixed(correlation, 2)}.`,
  });
}

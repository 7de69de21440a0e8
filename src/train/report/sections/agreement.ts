import type { AgeGapSummary } from '../../metrics/age-gap.ts';
import type { Metrics } from '../../metrics.ts';
import { ageGapChart, gapRange } from '../charts/age-gap.ts';
import { blandAltmanChart } from '../charts/bland-altman.ts';
import type { Drawn } from '../charts/drawn.ts';
import { sexLegend } from '../charts/sexes.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup, type Part } from '../html.ts';
import { legend } from '../legend.ts';
import { fixed, range, withInterval } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';

/** Whether errors depend on age: Bland and Altman's plot, and the age gap with its correction. */
export function agreement(data: ReportData, page: Page): Markup {
  return page.section('agreement', 'Agreement and age gap', blandAltman(data, page), ageGap(data, page));
}

/** Bland and Altman's plot with its key. */
export function blandAltmanFigure(
  predictions: readonly Drawn[],
  metrics: Metrics,
  caption: string,
  page: Page,
): Markup {
  const entries = [
    ...sexLegend(predictions),
    { name: 'bias', className: 'identity' },
    { name: 'limits of agreement', className: 'limit' },
    { name: 'proportional bias', className: 'curve third' },
  ];
  return page.figure(html`${blandAltmanChart(predictions, metrics.bland_altman)}${legend(entries)}`, caption);
}

function blandAltman({ metrics, predictions }: ReportData, page: Page): Markup {
  const { bias, sd, lower_limit, upper_limit, slope } = metrics.bland_altman;
  const table = page.table({
    caption: 'Agreement of predicted and true age after Bland and Altman; differences are predicted − true.',
    columns: ['', ...numeric('Value', '95 % interval')],
    rows: [
      ['Bias (years)', fixed(bias.value, 2), range(bias, 2)],
      ['Standard deviation of the differences (years)', fixed(sd.value, 2), range(sd, 2)],
      ['Lower limit of agreement (years)', fixed(lower_limit.value, 2), range(lower_limit, 2)],
      ['Upper limit of agreement (years)', fixed(upper_limit.value, 2), range(upper_limit, 2)],
      ['Proportional bias (years a year)', fixed(slope.value, 3), range(slope, 3)],
    ],
  });
  const caption =
    'Bland–Altman plot: error against the mean of true and predicted age, with bias, limits of agreement (bias ± 1.96 SD) and their 95 % intervals (bands), and the regression of the error on the mean.';
  return html`${blandAltmanFigure(predictions, metrics, caption, page)}${table}`;
}

function ageGap({ metrics, predictions, gaps }: ReportData, page: Page): Markup {
  const { age_gap: summary } = metrics;
  const corrected = gaps.some(({ corrected_gap }) => corrected_gap !== null);
  const axes = { range: gapRange(gaps) };
  const charts = [
    ageGapChart(
      predictions,
      gaps.map(({ gap }) => gap),
      { ...axes, title: 'Age gap', lines: summary.lines },
    ),
    corrected &&
      ageGapChart(
        predictions,
        gaps.map(({ corrected_gap }) => corrected_gap),
        { ...axes, title: 'Corrected age gap', lines: [] },
      ),
  ];
  const picture = html`<div class="pair">${charts}</div>${legend([
    ...sexLegend(predictions),
    { name: 'regression on true age, a line for each fold', className: 'curve third' },
  ])}`;
  return html`${page.figure(picture, 'Age gap (predicted − true age) against true age, before and after the correction for its dependence on age.')}${gapTable(summary, page)}`;
}

function gapTable({ gap, corrected_gap: corrected, lines }: AgeGapSummary, page: Page): Markup {
  const row = (name: string, cell: (spread: typeof gap) => string): Part[] => [
    name,
    cell(gap),
    ...(corrected ? [cell(corrected)] : []),
  ];
  const fits = lines.map(
    ({ fold, slope, intercept }) =>
      `${fold === null ? '' : `fold ${fold}: `}${fixed(slope, 3)} · age + ${fixed(intercept, 2)}`,
  );
  return page.table({
    caption: 'The age gap, with 95 % intervals.',
    columns: ['', ...numeric('Age gap', ...(corrected ? ['Corrected'] : []))],
    rows: [
      row('Mean (years)', ({ mean }) => withInterval(mean, 2)),
      row('Standard deviation (years)', ({ sd }) => withInterval(sd, 2)),
      row('Correlation with true age, r', ({ age_correlation }) => withInterval(age_correlation, 2)),
    ],
    note: corrected
      ? `Lines that were taken away, each fitted on the other folds: ${fits.join('; ')}. The correction uses the true age: corrected gaps describe persons and say nothing about accuracy.`
      : 'There are too few ages to fit a correction.',
  });
}

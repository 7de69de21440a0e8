import type { Estimate } from '../../metrics.ts';
import type { Drawn } from '../charts/drawn.ts';
import { errorHistogram } from '../charts/histogram.ts';
import { predictionChart } from '../charts/prediction.ts';
import { sexLegend } from '../charts/sexes.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup, type Part } from '../html.ts';
import { legend } from '../legend.ts';
import { fixed, range } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';

/** How far predictions are from true ages. */
export function accuracy({ metrics, predictions }: ReportData, page: Page): Markup {
  return page.section(
    'accuracy',
    'Accuracy',
    table(metrics, page),
    predictionFigure(
      predictions,
      'Predicted against true age. Each prediction was made by the model of the fold that had not seen the patient. Bars are the recalibrated 90 % intervals, μ ± 1.645 σ.',
      page,
    ),
    page.figure(
      errorHistogram(predictions.map(({ age, mean }) => mean - age)),
      'Distribution of the prediction errors; the dashed line is zero.',
    ),
  );
}

/** Predicted against true age with its key. */
export function predictionFigure(predictions: readonly Drawn[], caption: string, page: Page): Markup {
  const entries = [
    ...sexLegend(predictions),
    { name: '90 % interval', className: 'interval' },
    { name: 'identity', className: 'identity' },
  ];
  return page.figure(html`${predictionChart(predictions)}${legend(entries)}`, caption);
}

function row(name: string, estimate: Estimate, digits: number): Part[] {
  return [name, fixed(estimate.value, digits), range(estimate, digits)];
}

function table(metrics: ReportData['metrics'], page: Page): Markup {
  const { limit_mae: limit } = metrics;
  return page.table({
    caption: `Accuracy of ${metrics.pictures} out-of-fold predictions of ${metrics.patients} patients.`,
    columns: ['', ...numeric('Value', '95 % interval')],
    rows: [
      row('Mean absolute error, MAE (years)', metrics.mae, 2),
      ['Standard deviation of the absolute error (years)', fixed(metrics.absolute_error_sd, 2), ''],
      row('Median absolute error (years)', metrics.median_absolute_error, 2),
      row('Root mean square error (years)', metrics.rmse, 2),
      row('Bias, mean of predicted − true (years)', metrics.bias, 2),
      row('Coefficient of determination, R²', metrics.r2, 3),
      row('Pearson’s r', metrics.pearson, 3),
      row('Intraclass correlation, ICC(2,1)', metrics.icc, 3),
      ['MAE of predicting the mean age (years)', fixed(metrics.mean_predictor_mae, 2), ''],
      row('MAE over that of predicting the mean age', metrics.ratio_to_mean_predictor, 3),
      ...(limit === null ? [] : [['Least MAE any predictor can have (years)', fixed(limit, 2), '']]),
    ],
  });
}

/** The run in a few sentences and figures. */
import { yardstick } from '../charts/yardstick.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { counted, fixed, isKnown, percent, percentRange, range, withInterval } from '../numbers.ts';
import type { Page } from '../page.ts';
import { networkName } from './network-name.ts';

export function summary(data: ReportData, page: Page): Markup {
  const chart = page.figure(
    yardstick(data.metrics),
    'Mean absolute error in years; zero is at the left end, the band is its 95 % bootstrap interval.',
  );
  return page.chapter('summary', 'Summary', html`<p>${sentences(data)}</p>`, cards(data), chart);
}

function sentences(data: ReportData): Markup {
  const { config, metrics, folds } = data;
  const ninety = metrics.coverage.find(({ level }) => level === 0.9);
  const cohort = data.data.synthetic ? 'generated CT series' : 'CT series';
  const interval = ninety && { low: ninety.recalibrated_low, high: ninety.recalibrated_high };
  const covers =
    ninety &&
    html` The recalibrated 90 % intervals held the true age in ${percent(ninety.recalibrated)}${interval && isKnown(interval) && ` (95 % interval ${percentRange(interval)})`}.`;
  return html`A ${networkName(config.model.name)} was trained to estimate age with its uncertainty from ${metrics.pictures} ${cohort} of ${counted(metrics.patients, 'patient')} and evaluated by ${config.folds}-fold cross-validation by patient${folds.length < config.folds && ` (${folds.length} of ${config.folds} folds finished)`}. On patients that the model had not seen, the mean absolute error was ${fixed(metrics.mae.value)} years (95 % interval ${range(metrics.mae)}), ${fixed(metrics.ratio_to_mean_predictor.value, 2)} times that of always predicting the mean age.${covers}${outside(data)}`;
}

/** What the ensemble does on patients from elsewhere. */
function outside({ external }: ReportData): Markup | null {
  const ensemble = external?.metrics.ensemble;
  if (!ensemble) return null;
  return html` On an external test set of ${counted(ensemble.patients, 'patient')} the mean absolute error of the models’ ensemble was ${fixed(ensemble.mae.value)} years (${range(ensemble.mae)}).`;
}

function card(name: string, value: string, unit: string, more: string): Markup {
  return html`<div class="card"><dt>${name}</dt><dd><b>${value} <small>${unit}</small></b><span>${more}</span></dd></div>`;
}

function cards({ metrics }: ReportData): Markup {
  const { mae, mean_predictor_mae: baseline, limit_mae: limit, rmse, r2, pearson, coverage } = metrics;
  const ninety = coverage.find(({ level }) => level === 0.9);
  return html`<dl class="cards">${[
    card('Mean absolute error', fixed(mae.value), 'years', `95 % interval ${range(mae)}`),
    card(
      'Against predicting the mean',
      fixed(metrics.ratio_to_mean_predictor.value, 2),
      '×',
      `the mean age errs by ${fixed(baseline)} years`,
    ),
    limit === null
      ? card('Root mean square error', fixed(rmse.value), 'years', `95 % interval ${range(rmse)}`)
      : card('Known limit', fixed(limit), 'years', 'no predictor can do better on this cohort'),
    card(
      'Explained variance R²',
      fixed(r2.value, 2),
      '',
      `95 % interval ${range(r2, 2)}; r ${withInterval(pearson, 2)}`,
    ),
    ninety
      ? card(
          '90 % interval covers',
          percent(ninety.recalibrated),
          '',
          `mean σ ${fixed(metrics.mean_sigma)} years, recalibrated`,
        )
      : null,
  ]}</dl>`;
}

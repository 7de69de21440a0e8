/** Metrics as text for a terminal. */

import type { Calibration } from '../train/metrics/calibration.ts';
import type { ExternalMetrics } from '../train/metrics/external.ts';
import type { Estimate, Metrics } from '../train/metrics.ts';
import { columns } from './help.ts';
import { textTable } from './text-table.ts';

const WIDTH = 120;
const UNDEFINED = 'not defined';

const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : UNDEFINED);
const percent = (share: number): string => (Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : UNDEFINED);

/** "5.10 (4.80 to 5.40)". */
function estimate({ value, low, high }: Estimate, digits = 2): string {
  if (!Number.isFinite(value)) return UNDEFINED;
  return `${value.toFixed(digits)} (${fixed(low, digits)} to ${fixed(high, digits)})`;
}

const percentEstimate = ({ value, low, high }: Estimate): string =>
  `${percent(value)} (${percent(low)} to ${percent(high)})`;
const spelled = ({ value, low, high }: Estimate, digits: number, unit: string): string =>
  Number.isFinite(value)
    ? `${value.toFixed(digits)}${unit} (95 % interval ${fixed(low, digits)} to ${fixed(high, digits)})`
    : UNDEFINED;
const years = (of: Estimate): string => spelled(of, 2, ' years');
const plain = (of: Estimate): string => spelled(of, 3, '');

/** The figures a reader wants first. @param whose what the predictions are */
export function summaryText(metrics: Metrics, whose: string): string {
  const limit: [string, string][] =
    metrics.limit_mae === null ? [] : [['known limit', `${metrics.limit_mae.toFixed(2)} years`]];
  return columns(
    [
      ['pictures', `${metrics.pictures} of ${metrics.patients} patients, ${whose}`],
      ['MAE', `${years(metrics.mae)}, SD of the error's size ${metrics.absolute_error_sd.toFixed(2)}`],
      ['median', years(metrics.median_absolute_error)],
      [
        'predicting the mean',
        `${fixed(metrics.mean_predictor_mae, 2)} years; ratio ${plain(metrics.ratio_to_mean_predictor)}`,
      ],
      ...limit,
      ['RMSE', years(metrics.rmse)],
      ['bias', years(metrics.bias)],
      ['R²', plain(metrics.r2)],
      ['Pearson r', plain(metrics.pearson)],
      ['ICC(2,1)', plain(metrics.icc)],
      ['mean σ', `${fixed(metrics.mean_sigma, 2)} years; before recalibration ${fixed(metrics.mean_sigma_raw, 2)}`],
      ...metrics.coverage.map(({ level, raw, recalibrated, recalibrated_low, recalibrated_high }): [string, string] => [
        `${percent(level)} interval`,
        `covers ${percent(recalibrated)} (95 % interval ${percent(recalibrated_low)} to ${percent(recalibrated_high)}); before recalibration ${percent(raw)}`,
      ]),
    ],
    WIDTH,
  );
}

const CALIBRATION_ROWS: readonly [string, (calibration: Calibration) => string][] = [
  ['error of quantiles (ECE)', (each) => fixed(each.quantile_calibration_error, 3)],
  ['error of central intervals', (each) => fixed(each.interval_calibration_error, 3)],
  ['normalised error (ENCE)', (each) => fixed(each.normalised_calibration_error, 3)],
  ['negative log likelihood', (each) => estimate(each.nll, 3)],
  ['CRPS, years', (each) => estimate(each.crps)],
  ['sharpness (RMS σ), years', (each) => estimate(each.sharpness)],
];

function calibrationText({ calibration: { raw, recalibrated } }: Metrics): string {
  return textTable(
    ['', 'as predicted', 'recalibrated'],
    CALIBRATION_ROWS.map(([name, show]) => [name, show(raw), show(recalibrated)]),
  );
}

function binsText({ calibration: { recalibrated } }: Metrics): string {
  return textTable(
    ['σ, years', 'pictures', 'MAE', '0.80 σ'],
    recalibrated.bins.map(({ sigma_low, sigma_high, pictures, mae, expected_mae }) => [
      `${fixed(sigma_low, 1)} to ${fixed(sigma_high, 1)}`,
      String(pictures),
      estimate(mae),
      fixed(expected_mae, 2),
    ]),
  );
}

function subgroupsText({ subgroups }: Metrics): string {
  return textTable(
    ['group', '', 'pictures', 'MAE', 'bias', '90 % interval covers'],
    subgroups.map(({ grouping, group, pictures, mae, bias, coverage_90 }) => [
      grouping,
      group,
      String(pictures),
      estimate(mae),
      estimate(bias),
      percentEstimate(coverage_90),
    ]),
    2,
  );
}

function agreementText({ bland_altman: { bias, lower_limit, upper_limit, slope } }: Metrics): string {
  return columns(
    [
      ['bias', estimate(bias)],
      ['limits of agreement', `${estimate(lower_limit)} and ${estimate(upper_limit)}`],
      ['proportional bias', `slope ${estimate(slope, 3)}`],
    ],
    WIDTH,
  );
}

function gapText({ age_gap: { method, fitted_on, gap, corrected_gap } }: Metrics): string {
  const rows = [
    ['as predicted', gap],
    ['corrected', corrected_gap],
  ] as const;
  const table = textTable(
    ['', 'mean', 'SD', 'correlation with age'],
    rows.flatMap(([name, spread]) =>
      spread ? [[name, estimate(spread.mean), estimate(spread.sd), estimate(spread.age_correlation, 3)]] : [],
    ),
  );
  const how = corrected_gap
    ? `corrected after ${method}; lines fitted on ${fitted_on}`
    : 'not corrected: too few ages to fit a line on';
  return `${table}\n  ${how}`;
}

/** Everything but the summary, in sections. */
export function detailText(metrics: Metrics): string {
  const sections: [string, string][] = [
    ['Calibration of σ (95 % intervals in brackets)', calibrationText(metrics)],
    ['Errors against recalibrated σ', binsText(metrics)],
    ['Agreement (Bland and Altman), predicted − true, years', agreementText(metrics)],
    ['Age gap, predicted − true, years', gapText(metrics)],
    ...(metrics.subgroups.length > 0 ? [['Subgroups, years', subgroupsText(metrics)] as [string, string]] : []),
  ];
  return sections.map(([heading, text]) => `${heading}\n${text}`).join('\n\n');
}

function modelsText({ models }: ExternalMetrics): string {
  return textTable(
    ['model', 'MAE', 'bias', 'R²', 'ICC(2,1)', '90 % interval covers', 'mean σ'],
    models.map(({ model, mae, bias, r2, icc, coverage_90, mean_sigma }) => [
      model,
      estimate(mae),
      estimate(bias),
      estimate(r2),
      estimate(icc),
      percentEstimate(coverage_90),
      fixed(mean_sigma, 2),
    ]),
  );
}

/** What was found on an external test set. */
export function externalText(metrics: ExternalMetrics): string {
  const { pictures, patients, known_ages, sigma, aleatoric, epistemic, ensemble } = metrics;
  const parts = `σ of the ensemble ${fixed(sigma, 2)} years: aleatoric ${fixed(aleatoric, 2)}, epistemic ${fixed(epistemic, 2)} (root mean squares)`;
  if (!ensemble) return `${pictures} pictures of ${patients} patients, no age is known: predictions alone\n${parts}`;
  const whose =
    known_ages === pictures
      ? 'predicted by the ensemble of all folds'
      : `predicted by the ensemble of all folds; ${pictures - known_ages} more are of unknown age`;
  const sections = [
    summaryText(ensemble, whose),
    parts,
    `Models, years (95 % intervals in brackets)\n${modelsText(metrics)}`,
    detailText(ensemble),
  ];
  return sections.join('\n\n');
}

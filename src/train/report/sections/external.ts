import type { ExternalMetrics, ExternalPrediction, ModelFigures } from '../../metrics/external.ts';
import type { Estimate, Metrics } from '../../metrics.ts';
import type { Drawn } from '../charts/drawn.ts';
import { describe } from '../cohort.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { counted, fixed, percent, percentRange, range } from '../numbers.ts';
import { numeric, type Page, stacked } from '../page.ts';
import { predictionFigure } from './accuracy.ts';
import { blandAltmanFigure } from './agreement.ts';
import { calibrationFigures } from './calibration.ts';
import { subgroupTable } from './subgroups.ts';

type Known = ExternalPrediction & { age: number };

/** Patients that no model of the run has seen: each fold's model and all of them together. */
export function external({ external: result }: ReportData, page: Page): Markup | null {
  if (result === null) return null;
  const { metrics, predictions } = result;
  const known = predictions.filter((each): each is Known => each.age !== null);
  return page.section(
    'external',
    'External test set',
    html`<p>${counts(metrics, known)}</p>`,
    modelTable(metrics.models, page),
    sigmaTable(metrics, page),
    metrics.ensemble && figures(metrics.ensemble, known, page),
  );
}

function counts({ pictures, patients, known_ages, excluded }: ExternalMetrics, known: readonly Known[]): Markup {
  const left =
    excluded.pictures > 0 &&
    ` ${counted(excluded.pictures, 'picture')} of ${counted(excluded.patients, 'patient')} ${excluded.pictures === 1 ? 'was' : 'were'} left out because the run was trained with these patients.`;
  const unknown = known_ages < pictures && ` The age was known for ${known_ages} of them; errors are over these.`;
  return html`The test set holds ${counted(pictures, 'picture')} of ${counted(patients, 'patient')} that no model of the run has seen.${unknown}${left}${known.length > 0 && ages(known)}`;
}

function ages(known: readonly Known[]): string {
  const { age, sex, scanner } = describe(known);
  const shares = (list: typeof sex) => list.map(({ name, pictures }) => `${name} ${pictures}`).join(', ');
  return ` Ages were ${fixed(age.mean)} ± ${fixed(age.deviation)} years (${fixed(age.least)} to ${fixed(age.greatest)}); sex: ${shares(sex)}; scanner: ${shares(scanner)}.`;
}

function modelTable(models: readonly ModelFigures[], page: Page): Markup | null {
  if (models.length === 0) return null;
  const cell = (estimate: Estimate, digits: number) => stacked(fixed(estimate.value, digits), range(estimate, digits));
  return page.table({
    caption: 'Each fold’s model and the ensemble on the external test set, with 95 % intervals by patient.',
    columns: [
      'Model',
      ...numeric(
        'MAE (years)',
        'RMSE (years)',
        'Bias (years)',
        'R²',
        'Pearson’s r',
        '90 % interval covers',
        'Mean σ (years)',
      ),
    ],
    rows: models.map(({ model, mae, rmse, bias, r2, pearson, coverage_90, mean_sigma }) => [
      model,
      cell(mae, 2),
      cell(rmse, 2),
      cell(bias, 2),
      cell(r2, 3),
      cell(pearson, 3),
      stacked(percent(coverage_90.value, 1), percentRange(coverage_90, 1)),
      fixed(mean_sigma, 2),
    ]),
    note: 'The ensemble predicts the mean of the models; its variance is the mean of their variances and the variance of their means. σ is recalibrated with each fold’s factor.',
  });
}

function sigmaTable({ sigma, aleatoric, epistemic }: ExternalMetrics, page: Page): Markup {
  return page.table({
    caption: 'The parts of the ensemble’s σ, root mean squares over all pictures.',
    columns: ['Part', ...numeric('Years', 'Share of the variance')],
    rows: [
      ['Aleatoric: the models’ own σ', fixed(aleatoric, 2), percent((aleatoric / sigma) ** 2)],
      ['Epistemic: the models’ disagreement', fixed(epistemic, 2), percent((epistemic / sigma) ** 2)],
      ['Both', fixed(sigma, 2), ''],
    ],
  });
}

function figures(metrics: Metrics, known: readonly Drawn[], page: Page): Markup {
  const where = 'External test set. ';
  return html`${predictionFigure(known, `${where}Age predicted by the ensemble against true age, with 90 % intervals.`, page)}${blandAltmanFigure(known, metrics, `${where}Bland–Altman plot of the ensemble’s predictions.`, page)}${calibrationFigures(metrics, page, where)}${metrics.subgroups.length > 0 && subgroupTable(metrics.subgroups, 'Subgroups of the external test set, by the ensemble.', page)}`;
}

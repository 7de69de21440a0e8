/** The chapter of validation.html on patients from elsewhere. */
import { html, type Markup } from '../report/html.ts';
import { counted, fixed, percent, percentRange, range, withInterval } from '../report/numbers.ts';
import { numeric, type Page, stacked } from '../report/page.ts';
import type { GeneralisationSection, Validation } from './results.ts';

export function generalisationChapter({ generalisation }: Validation, page: Page): Markup {
  const content = generalisation
    ? [paragraph(generalisation), table(generalisation, page)]
    : html`<p>Not done: no external test set was given (--external DIR, a folder made by agelens prepare from patients of another place), and the run was not evaluated on one before.</p>`;
  return page.chapter('generalisation', 'Generalisation', content);
}

function paragraph(section: GeneralisationSection): Markup {
  const { pictures, patients, known_ages: known, excluded, models, mae_out_of_fold: before } = section;
  const ensemble = models.find(({ model }) => model === 'ensemble');
  const left =
    excluded.pictures > 0 &&
    ` ${counted(excluded.pictures, 'picture')} of patients that the run was trained with were left out.`;
  const errors = ensemble
    ? ` There the ensemble’s mean absolute error is ${withInterval(ensemble.mae, 2)} years; out of fold the run’s is ${withInterval(before, 2)} years.`
    : ' No age is known, so there are no errors.';
  return html`<p>The external test set holds ${counted(pictures, 'picture')} of ${counted(patients, 'patient')}, the age being known for ${known}.${left}${errors}</p>`;
}

function table({ models }: GeneralisationSection, page: Page): Markup | null {
  if (models.length === 0) return null;
  return page.table({
    caption: 'Each fold’s model and the ensemble on the external test set, with 95 % intervals by patient.',
    columns: ['Model', ...numeric('MAE (years)', 'Bias (years)', 'Pearson’s r', '90 % interval covers', 'Mean σ')],
    rows: models.map(({ model, mae, bias, pearson, coverage_90: coverage, mean_sigma: sigma }) => [
      model,
      stacked(fixed(mae.value, 2), range(mae, 2)),
      stacked(fixed(bias.value, 2), range(bias, 2)),
      stacked(fixed(pearson.value, 2), range(pearson, 2)),
      stacked(percent(coverage.value), percentRange(coverage)),
      fixed(sigma, 2),
    ]),
  });
}

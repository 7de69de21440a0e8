import { FEWEST_VALIDATION, hasOwnScale } from '../../metrics/sigma-scale.ts';
import { LEVELS } from '../../metrics.ts';
import { html, type Markup } from '../html.ts';
import { listed, percent } from '../numbers.ts';
import { explanationMethods } from './methods-explanation.ts';
import type { Telling } from './telling.ts';

/** How the predictions came about that are judged, and by what they are judged. */
export function evaluationMethods(telling: Telling): Markup {
  return html`<p>${folds(telling)} ${recalibration(telling)}</p><p>${measures(telling)} ${uncertainty(telling)} ${baseline(telling)}</p>${externalMethods(telling)}${validationMethods(telling)}${explanationMethods(telling)}`;
}

function folds({ run, data }: Telling): Markup {
  const count = run.take('folds');
  const finished =
    data.folds.length < count &&
    html` Of these, ${data.folds.length} ${data.folds.length === 1 ? 'is' : 'are'} finished and reported here.`;
  return html`Models were evaluated by ${count}-fold cross-validation by patient, stratified by age and sex: patients were ordered by sex and mean age and cut into blocks of ${count} neighbours, and each block dealt its members to the ${count} folds in a random order, so that all scans of a patient lay in one fold. Every patient was predicted once, by the model of the fold that had not seen the patient in training or validation; the test fold chose nothing.${finished}`;
}

function recalibration({ data, cite }: Telling): Markup {
  const factors = data.folds.map((fold) => fold.sigma_scale);
  const given = factors.length > 0 && html` (${listed(factors.map((factor) => factor.toFixed(2)))})`;
  const [own, others] = [data.folds.some(hasOwnScale), !data.folds.every(hasOwnScale)];
  const across = `the out-of-fold predictions of the other folds (1 with fewer than ${FEWEST_VALIDATION} of these as well)`;
  const source = !others
    ? 'its validation pictures'
    : own
      ? `its validation pictures or, with fewer than ${FEWEST_VALIDATION} of them, of ${across}`
      : across;
  return html`The predicted σ was recalibrated by one factor for each fold${given}, the root mean square of the standardised residuals (y − μ)/σ of ${source}, which is its maximum-likelihood estimate ${cite('recalibration')}.`;
}

function measures({ cite }: Telling): Markup {
  const levels = listed(LEVELS.map((level) => percent(level)));
  return html`We report the mean absolute error (MAE) with the standard deviation of the absolute error, the median absolute error, the root mean square error (RMSE), the bias (mean of predicted − true age), the coefficient of determination R² = 1 − Σ(y − μ)²/Σ(y − ȳ)², Pearson’s r, and the intraclass correlation ICC(2,1) ${cite('icc')}. Agreement was described after Bland and Altman ${cite('bland')}, with proportional bias by regression of the differences on the means. The predicted distributions were judged by the coverage of the central ${levels} intervals; by calibration errors, the mean absolute difference between nominal and observed shares over the levels 5, 10 … 95 %, for central intervals and for quantiles ${cite('calibration')}; by the normalised calibration error over bins of σ ${cite('levi')}; and by the mean negative log likelihood and the continuous ranked probability score ${cite('crps')}. The age gap, predicted − true age, was corrected for its dependence on age by subtracting a regression on true age ${cite('gap')}, for each fold fitted on the out-of-fold predictions of the others. Errors, bias and coverage are also given by sex, decade of age, scanner and contrast agent where these are known.`;
}

function uncertainty({ cite, data }: Telling): Markup {
  return html`Intervals are 95 % percentile intervals of ${data.metrics.bootstrap_resamples.toLocaleString('en')} bootstrap samples of patients ${cite('bootstrap')}, all pictures of a patient being drawn together; within a subgroup, its patients were resampled. Where no two resamples differ, as for a single patient or where all pictures lie inside an interval, no interval is given. No hypothesis was tested.`;
}

function baseline({ data: { metrics } }: Telling): Markup {
  const limit =
    metrics.limit_mae !== null &&
    html` For generated bodies the least MAE that any predictor can have is known, because their anatomy follows a biological age that is scattered around the chronological one; it is given beside.`;
  return html`As a yardstick, the MAE of always predicting the mean age of the training pictures is given.${limit}`;
}

function externalMethods({ data: { external }, cite }: Telling): Markup | null {
  if (!external) return null;
  const left = external.metrics.excluded.patients > 0 && ' Patients of the run were left out by their pseudonyms.';
  return html`<p>On the external test set, prepared by the same recipe, each fold’s model and their ensemble ${cite('ensembles')} were judged by the same measures. The ensemble’s mean is the mean of the models’ means; its variance the mean of their recalibrated variances (aleatoric) plus the variance of their means (epistemic). Age gaps there were corrected by the line fitted on the run’s out-of-fold predictions.${left}</p>`;
}

function validationMethods({ data: { validation }, cite }: Telling): Markup | null {
  if (!validation) return null;
  const { robustness, reproducibility } = validation;
  const names = robustness.perturbations.map(({ title }) => title.toLowerCase());
  const seeds = reproducibility.seeds && ` One fold was trained with ${reproducibility.seeds.seeds.length} seeds.`;
  return html`<p>Robustness was examined on ${robustness.studies} ${robustness.of}, drawn at random, under these perturbations: ${listed(names)}; predictions with and without them were compared by the drift of the MAE and by intraclass correlations ${cite('icc')}. For reproducibility, predictions, preparation and training were repeated and compared bit by bit.${seeds}</p>`;
}

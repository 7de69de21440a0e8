import { PICTURE_SIZE } from '../../../preprocess/ct/recipe.ts';
import { FEWEST_VALIDATION, hasOwnScale } from '../../metrics/sigma-scale.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { counted, fixed, isKnown, listed, percent, percentRange, range } from '../numbers.ts';
import type { Page } from '../page.ts';

/** Fewer patients than these leave wide intervals. */
const SMALL = 200;
/** Fewer pictures of a group than these say little about it. */
const FEW = 20;

/** What a reader has to keep in mind, as far as the run itself can tell. */
export function limitations(data: ReportData, page: Page): Markup {
  const paragraphs = [
    [cohort, groups, preparation],
    [procedure, calibration],
    [gap, rest],
  ].map((parts) => html`<p>${parts.flatMap((part) => part(data)).join(' ')}</p>`);
  return page.chapter('limitations', 'Limitations', paragraphs);
}

function cohort({ data, metrics, predictions }: ReportData): string[] {
  const ages = predictions.map(({ age }) => age);
  const sentences = [
    `Ages ranged from ${fixed(Math.min(...ages))} to ${fixed(Math.max(...ages))} years; nothing is known outside this range.`,
  ];
  if (data.synthetic)
    sentences.unshift(
      'The bodies were generated: the figures show how well the software learns a known relation and say nothing about patients.',
    );
  if (metrics.patients < SMALL)
    sentences.push(
      `The cohort is small (${counted(metrics.patients, 'patient')}), and the intervals are accordingly wide.`,
    );
  if (data.refused.length > 0)
    sentences.push(
      `${data.refused.length} of ${data.found} studies (${percent(data.refused.length / data.found)}) were refused, which may have selected the cohort.`,
    );
  return sentences;
}

function procedure({ config, folds, external }: ReportData): string[] {
  const sentences = [
    external
      ? 'The external test set is one set: performance elsewhere is not known from it.'
      : 'All predictions come from cross-validation within one cohort, so that performance at other institutions, on other scanners and in other populations is not known from them.',
    'Out-of-fold predictions come from a different model in each fold: the figures describe the procedure rather than any one model. The intervals reflect the sampling of patients, not the randomness of training.',
  ];
  if (folds.length < config.folds)
    sentences.unshift(`The run is not finished: only ${folds.length} of ${config.folds} folds are reported.`);
  return sentences;
}

function groups({ metrics, predictions }: ReportData): string[] {
  const unknown = (['sex', 'scanner', 'contrast'] as const).filter((key) => predictions.every((each) => !each[key]));
  const names = { sex: 'sex', scanner: 'scanner', contrast: 'contrast agent' };
  const thin = metrics.subgroups.filter(({ grouping, pictures }) => grouping === 'age' && pictures < FEW);
  const scanners = new Set(predictions.map(({ scanner }) => scanner).filter((name) => name !== ''));
  return [
    ...(unknown.length > 0
      ? [
          `${listed(unknown.map((key) => names[key])).replace(/^./, (first) => first.toUpperCase())} ${unknown.length === 1 ? 'was' : 'were'} not known, so that performance could not be compared between them.`,
        ]
      : []),
    ...(scanners.size === 1 ? ['All scans whose scanner is known come from one model of scanner.'] : []),
    ...(thin.length > 0 ? [`Few pictures (under ${FEW}) were of ages ${listed(thin.map(({ group }) => group))}.`] : []),
    'Ethnicity, disease, body size and social position were not known; whether errors differ between such groups was not examined.',
  ];
}

function calibration({ metrics, folds }: ReportData): string[] {
  const without = folds.filter((each) => !hasOwnScale(each));
  return [
    ...offCoverage(metrics),
    ...(without.length > 0
      ? [
          `In ${counted(without.length, 'fold')} there were fewer than ${FEWEST_VALIDATION} validation pictures; the factor on σ there comes from the test pictures of the other folds.`,
        ]
      : []),
    'Recalibration by one factor mends the size of σ, not a σ that is wrong for some ages or groups.',
  ];
}

/** Where the interval of the coverage leaves out what was promised. */
function offCoverage({ coverage }: ReportData['metrics']): string[] {
  return coverage
    .filter(({ level, recalibrated_low: low, recalibrated_high: high }) => low > level || high < level)
    .map(({ level, recalibrated, recalibrated_low: low, recalibrated_high: high }) => {
      const interval = isKnown({ low, high }) ? ` (95 % interval ${percentRange({ low, high }, 1)})` : '';
      return `The recalibrated ${percent(level)} intervals do not cover what they promise but ${percent(recalibrated, 1)}${interval}.`;
    });
}

function gap({ metrics }: ReportData): string[] {
  const { age_correlation: r } = metrics.age_gap.gap;
  const leans = Number.isFinite(r.high) && r.high < 0;
  return [
    ...(leans
      ? [
          `Errors depend on age (r = ${fixed(r.value, 2)}, 95 % interval ${range(r, 2)}): the young are estimated too old and the old too young, as is common where a mean is predicted under uncertainty.`,
        ]
      : []),
    'The label is chronological age; a gap between predicted and true age mixes biological difference with the error of the model and is no measure of health by itself.',
  ];
}

function preparation({ config, data }: ReportData): string[] {
  const { slab } = data.recipe;
  const remarks = data.remarks?.length ?? 0;
  return [
    ...(slab !== undefined && slab !== 'full'
      ? [`The network sees projections of the ${slab} central slices alone, in which small structures are lost.`]
      : []),
    ...(config.picture < PICTURE_SIZE
      ? [`Pictures were reduced to ${config.picture} × ${config.picture} pixels.`]
      : []),
    ...(remarks > 0
      ? [
          `${counted(remarks, 'study', 'studies')} on which preparation remarked ${remarks === 1 ? 'was' : 'were'} not left out.`,
        ]
      : []),
  ];
}

function rest({ explanations, validation }: ReportData): string[] {
  return [
    ...(validation === null ? ['Robustness against changes of the scan was not examined in this run.'] : []),
    ...(explanations !== null ? ['Saliency maps show what moved the prediction and are no proof of a cause.'] : []),
    ...(explanations?.check && !explanations.check.map_changes
      ? ['The saliency maps stay alike when all weights are random, so that they say little about what was learned.']
      : []),
    'The settings were fixed before this run only as far as the person who ran it says so; a choice among several runs by their test figures would make these figures too good.',
    'This is research software and not a medical device.',
  ];
}

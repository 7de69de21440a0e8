/** validation.html: what was asked, what was done, what came out; self-contained, printable, readable without colour. */
import { html, type Markup, markup, type Part } from '../report/html.ts';
import { legend } from '../report/legend.ts';
import { counted, fixed, listed, percent, range } from '../report/numbers.ts';
import { numeric, Page, stacked } from '../report/page.ts';
import { STYLE } from '../report/style.ts';
import { driftChart } from './drift-chart.ts';
import { generalisationChapter } from './report-generalisation.ts';
import { reproducibilityChapter } from './report-reproducibility.ts';
import type { PerturbationResult, RobustnessSection, Validation } from './results.ts';
import type { Comparison, Criteria } from './robustness.ts';
import { strengthText } from './strength.ts';

/** The whole page as text. */
export function renderValidation(result: Validation): string {
  const page = new Page();
  const chapters = [
    summary(result, page),
    criteriaChapter(result, page),
    robustnessChapter(result, page),
    meanings(result.robustness, page),
    reproducibilityChapter(result, page),
    generalisationChapter(result, page),
    environment(result, page),
  ];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${result.run}: technical validation</title><style>${markup(STYLE)}</style></head>
<body>${header(result)}<main>
${chapters}</main>
<footer>Made by agelens ${result.agelens}. Research software, not a medical device. This file is complete in itself and loads nothing from a network.</footer></body></html>
`.text;
}

function header({ run, synthetic }: Validation): Markup {
  const notice = synthetic
    ? 'The bodies in this cohort are generated: the numbers say how the software behaves, and mean nothing medically.'
    : 'Research software. Not a medical device; not for diagnosis or for deciding about a person.';
  return html`<header><h1>Technical validation</h1>
<p class="lead">Robustness, reproducibility and generalisation of the run “${run}”</p>
<p class="notice"><b>Note.</b> ${notice}</p></header>`;
}

const all = ({ perturbations }: RobustnessSection) => perturbations.flatMap(({ strengths }) => strengths);

function card(name: string, value: string, more: string): Markup {
  return html`<div class="card"><dt>${name}</dt><dd><b>${value}</b><span>${more}</span></dd></div>`;
}

function summary({ robustness, reproducibility }: Validation, page: Page): Markup {
  const conditions = all(robustness);
  const passed = conditions.filter(({ failed }) => failed.length === 0).length;
  const { predictions, training, seeds } = reproducibility;
  const same = training.same_losses_as_run && training.same_weights_as_run !== false;
  const cards = [
    card(
      'Perturbations that keep all criteria',
      `${passed} of ${conditions.length}`,
      `${robustness.perturbations.length} kinds, ${counted(robustness.studies, 'study', 'studies')} of ${counted(robustness.patients, 'patient')}`,
    ),
    card(
      'Predictions had again to the bit',
      `${predictions.same_as_run} of ${predictions.predictions}`,
      predictions.same_twice ? 'and twice the same' : 'but not twice the same',
    ),
    card(
      'Training again',
      same ? 'same bits' : 'other bits',
      `${training.epochs} of ${training.of_epochs} epochs of fold ${training.fold}`,
    ),
    seeds &&
      card(
        'Spread between seeds',
        `${fixed(seeds.spread.value)} years`,
        `standard deviation of μ over ${seeds.seeds.length} seeds, ${seeds.epochs} of ${seeds.of_epochs} epochs`,
      ),
  ];
  return page.chapter('summary', 'Summary', html`<dl class="cards">${cards}</dl>`);
}

function criteriaChapter({ criteria }: Validation, page: Page): Markup {
  return page.chapter(
    'criteria',
    'What was asked for',
    html`<p>These criteria are part of the software and were the same before anything was measured. A perturbation at one strength passes if all of the following hold for the estimates; the intervals say how sure that is.</p>
<ul><li>ICC(2,1) of the predicted age with and without the perturbation is at least ${fixed(criteria.icc, 2)}: the two agree in value, not in order alone.</li>
<li>The mean absolute error grows by at most ${fixed(criteria.mae_drift)} year.</li>
<li>At most ${percent(criteria.refused_share)} of the studies are refused by the preparation.</li></ul>
<p>Repetitions pass if they give the same bits on the same adapter and driver.</p>`,
  );
}

function robustnessChapter({ robustness, criteria, seed }: Validation, page: Page): Markup {
  const { of, studies, patients, left_out: leftOut } = robustness;
  const how =
    of === 'scans'
      ? 'Each scan was perturbed before its preparation, then prepared, and its age predicted by the network that had never seen the patient.'
      : 'The scans were not at hand. What can be done to prepared pictures was done to them, and the age predicted by the network that had never seen the patient.';
  return page.chapter(
    'robustness',
    'Robustness',
    html`<p>${how} ${counted(studies, 'study', 'studies')} of ${counted(patients, 'patient')}, drawn with seed ${seed}. Intervals are 95 % percentile intervals of 2,000 resamples of patients, the same patients with and without the perturbation.</p>`,
    leftOut.length > 0 && leftOutTable(leftOut, page),
    driftFigure(robustness, criteria, page),
    figuresTable(robustness.perturbations, page),
  );
}

/** Drift of the error under every perturbation, with its key. */
export function driftFigure({ perturbations }: RobustnessSection, criteria: Criteria, page: Page): Markup {
  return page.figure(
    html`${driftChart(perturbations, criteria.mae_drift)}${legend([
      { name: 'all criteria kept', className: 'point female', shape: 'circle' },
      { name: 'a criterion missed', className: 'point male', shape: 'square' },
      { name: 'no change', className: 'identity' },
      { name: `criterion, ${fixed(criteria.mae_drift)} year`, className: 'limit' },
      { name: '95 % interval', className: 'whisker' },
    ])}`,
    'Drift of the mean absolute error. To the right of the dashed line predictions are worse than without the perturbation. The other criteria are in the table.',
  );
}

function leftOutTable(leftOut: RobustnessSection['left_out'], page: Page): Markup {
  return page.table({
    caption: 'Studies that were chosen and could not be used.',
    columns: ['Subject', 'Cause'],
    rows: leftOut.map(({ subject, cause }) => [subject, cause]),
  });
}

const NAMES: Record<keyof Criteria, string> = { icc: 'ICC', mae_drift: 'MAE', refused_share: 'refusals' };

const verdict = (failed: readonly (keyof Criteria)[]): string =>
  failed.length === 0 ? '✓ kept' : `✗ ${listed(failed.map((key) => NAMES[key]))}`;

/** Every perturbation at every strength. */
export function figuresTable(perturbations: readonly PerturbationResult[], page: Page): Markup {
  const rows = perturbations.flatMap(({ title, unit, strengths }) =>
    strengths.map(({ strength, refused_share: refused, comparison, failed }): Part[] => [
      `${title}: ${strengthText(strength, unit)}`,
      verdict(failed),
      ...(comparison ? comparisonCells(comparison) : ['–', '–', '–', '–', '–']),
      percent(refused),
    ]),
  );
  return page.table({
    caption: 'What each perturbation does; below each estimate its 95 % interval.',
    columns: [
      'Perturbation',
      'Criteria',
      ...numeric('MAE drift', 'Change of μ ± SD', 'ICC(2,1)', 'ICC(3,1)', 'Change of σ', 'Refused'),
    ],
    rows,
    note: 'Years. ICC(2,1) is absolute agreement, ICC(3,1) consistency, which forgives a constant change (Shrout and Fleiss, Psychological Bulletin 86(2), 1979).',
  });
}

function comparisonCells(comparison: Comparison): Part[] {
  const { mae_drift: drift, change_mean: change, change_sd: sd, icc_absolute: absolute } = comparison;
  const { icc_consistency: consistency, sigma_change: sigma } = comparison;
  return [
    stacked(fixed(drift.value, 2), range(drift, 2)),
    stacked(`${fixed(change.value, 2)} ± ${fixed(sd, 2)}`, range(change, 2)),
    stacked(fixed(absolute.value, 3), range(absolute, 2)),
    stacked(fixed(consistency.value, 3), range(consistency, 2)),
    stacked(fixed(sigma.value, 2), range(sigma, 2)),
  ];
}

/** What the figures of a perturbation say, in a sentence. */
function sentence({ unit, strengths }: PerturbationResult): string {
  const named = (chosen: PerturbationResult['strengths']) =>
    listed(chosen.map((each) => strengthText(each.strength, unit)));
  const missed = strengths.filter(({ failed }) => failed.length > 0);
  const kept = strengths.filter(({ failed }) => failed.length === 0);
  if (missed.length === 0) return 'Predictions keep the criteria at every strength.';
  const why = [...new Set(missed.flatMap(({ failed }) => failed))].map((key) => REASONS[key]);
  const held = kept.length > 0 ? ` At ${named(kept)} they keep the criteria.` : '';
  const at = unit === '' ? 'Here' : `At ${named(missed)}`;
  return `${at} ${listed(why)}.${held}`;
}

const REASONS: Record<keyof Criteria, string> = {
  icc: 'predictions no longer agree with those of the unperturbed scan',
  mae_drift: 'they err more than the criterion allows',
  refused_share: 'too many scans are refused',
};

function meanings(robustness: RobustnessSection, page: Page): Markup {
  const { perturbations, not_applied: notApplied } = robustness;
  return page.chapter(
    'meaning',
    'What each perturbation is and what it showed',
    html`<dl>${perturbations.map(
      (each) => html`<dt><b>${each.title}</b></dt><dd>${each.what} ${sentence(each)}</dd>\n`,
    )}</dl>`,
    notApplied.length > 0 &&
      html`<p>Not done, since they need the scans (--scans): ${listed(notApplied.map((title) => title.toLowerCase()))}.</p>`,
  );
}

function environment({ environment: made }: Validation, page: Page): Markup {
  return page.chapter(
    'environment',
    'Environment',
    page.table({
      caption: 'What the validation was computed with.',
      columns: ['', ''],
      rows: [
        ['Adapter', `${made.adapter.name} (${made.adapter.kind})`],
        ['Driver', made.adapter.driver],
        ['agelens', made.git_revision ? `${made.agelens}, revision ${made.git_revision}` : made.agelens],
        ['Node, webgpu package', `${made.node}, ${made.webgpu}`],
        ['Platform', made.platform],
      ],
    }),
  );
}

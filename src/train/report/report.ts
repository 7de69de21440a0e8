/** The self-contained HTML report of a run: no script, no network, printable. */
import type { ReportData } from './data.ts';
import { html, type Markup, markup } from './html.ts';
import { Page } from './page.ts';
import { accuracy } from './sections/accuracy.ts';
import { agreement } from './sections/agreement.ts';
import { calibration } from './sections/calibration.ts';
import { checklists } from './sections/checklists.ts';
import { explanationChecks } from './sections/explanation-checks.ts';
import { explanationGroups } from './sections/explanation-groups.ts';
import { explanations } from './sections/explanations.ts';
import { external } from './sections/external.ts';
import { failures } from './sections/failures.ts';
import { folds } from './sections/folds.ts';
import { limitations } from './sections/limitations.ts';
import { methods } from './sections/methods.ts';
import { participants } from './sections/participants.ts';
import { allPredictions } from './sections/predictions.ts';
import { reproducibility } from './sections/reproducibility.ts';
import { subgroups } from './sections/subgroups.ts';
import { summary } from './sections/summary.ts';
import { training } from './sections/training.ts';
import { validation } from './sections/validation.ts';
import { STYLE } from './style.ts';

type Section = (data: ReportData, page: Page) => Markup | null;

/** The results, from the accuracy of all to the single case. */
const RESULTS: readonly Section[] = [
  accuracy,
  agreement,
  calibration,
  subgroups,
  folds,
  external,
  failures,
  explanations,
  explanationGroups,
  explanationChecks,
  validation,
  training,
];

const results: Section = (data, page) =>
  page.chapter(
    'results',
    'Results',
    RESULTS.map((section) => section(data, page)),
  );

const references: Section = (_, page) => page.chapter('references', 'References', page.references.list());

/** In this order, because figures, tables and references are numbered as they come. */
const CHAPTERS: readonly Section[] = [
  summary,
  methods,
  participants,
  results,
  limitations,
  reproducibility,
  checklists,
  references,
  allPredictions,
];

/** The whole page as text. */
export function renderReport(data: ReportData): string {
  const page = new Page();
  const chapters = CHAPTERS.map((chapter) => chapter(data, page));
  const text = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${data.title}: age from CT</title><style>${markup(STYLE)}</style></head>
<body>${header(data)}${contents(page)}<main>
${chapters}</main>
<footer>Made by agelens ${data.environment.agelens}. Research software, not a medical device. This file is complete in itself and loads nothing from a network.</footer></body></html>
`.text;
  // No line ends between a number and its sign.
  return text.replaceAll(/(\d) %/g, '$1\u00a0%');
}

function header({ title, data }: ReportData): Markup {
  const notice = data.synthetic
    ? 'The bodies in this cohort are generated, their ages are known exactly, and the numbers say how well the software learns them. They mean nothing medically.'
    : 'Research software. Not a medical device; not for diagnosis or for deciding about a person.';
  return html`<header><h1>Age from thorax–abdomen CT</h1>
<p class="lead">Report of the run “${title}”</p>
<p class="notice"><b>Note.</b> ${notice}</p></header>`;
}

function contents({ chapters }: Page): Markup {
  return html`<nav aria-label="Contents"><ol>${chapters.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>\n`;
}

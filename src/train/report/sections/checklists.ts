/** Which items of the reporting guidelines this page answers, and which are the authors' to answer. */
import type { ReportData } from '../data.ts';
import { html, type Markup, type Part } from '../html.ts';
import type { Page } from '../page.ts';

/** Number and subject of an item, and the parts of the page that answer it; none where only the authors can. */
type Item = readonly [number: string, subject: string, ...parts: string[]];

const TRIPOD: readonly Item[] = [
  ['1', 'Title', 'summary'],
  ['2', 'Abstract', 'summary'],
  ['3–4', 'Background and objectives'],
  ['5a', 'Source of the data', 'methods-data'],
  ['5b', 'Dates of the data'],
  ['6a', 'Setting'],
  ['6b', 'Eligibility', 'methods-data', 'flow'],
  ['6c', 'Treatments received'],
  ['7', 'Data preparation', 'methods-data'],
  ['8', 'Outcome', 'methods-data'],
  ['9', 'Predictors', 'methods-data'],
  ['10', 'Sample size', 'cohort'],
  ['11', 'Missing data', 'methods-data', 'flow'],
  ['12a', 'How the data were used', 'methods-evaluation'],
  ['12b', 'Handling of predictors', 'methods-data'],
  ['12c', 'Type of model, building, internal validation', 'methods-network', 'methods-training', 'methods-evaluation'],
  ['12d', 'Heterogeneity between clusters', 'subgroups', 'folds'],
  ['12e', 'Measures of performance', 'methods-evaluation'],
  ['12f', 'Updating of the model (recalibration)', 'methods-evaluation'],
  ['12g', 'How predictions were calculated', 'methods-evaluation'],
  ['13', 'Class imbalance', 'cohort'],
  ['14', 'Fairness', 'subgroups', 'limitations'],
  ['15', 'Output of the model', 'methods-network'],
  ['16', 'Differences between training and evaluation data', 'cohort', 'external'],
  ['17', 'Ethical approval'],
  ['18a–b', 'Funding, conflicts of interest'],
  ['18c–d', 'Protocol, registration'],
  ['18e–f', 'Sharing of data and code', 'environment', 'hashes'],
  ['19', 'Involvement of patients and public'],
  ['20a', 'Flow of participants', 'flow'],
  ['20b', 'Characteristics of participants', 'cohort'],
  ['20c', 'Comparison with evaluation data', 'external'],
  ['21', 'Numbers in each analysis', 'flow', 'folds'],
  ['22', 'Full model specification', 'methods-network', 'settings', 'hashes'],
  ['23a', 'Performance with intervals, in subgroups', 'accuracy', 'calibration', 'subgroups'],
  ['23b', 'Heterogeneity of performance', 'subgroups', 'folds'],
  ['24', 'Results of updating', 'calibration'],
  ['25', 'Interpretation'],
  ['26', 'Limitations', 'limitations'],
  ['27', 'Use in practice, future work'],
];

const CLAIM: readonly Item[] = [
  ['1–4', 'Title, abstract, introduction', 'summary'],
  ['5–6', 'Design and goal of the study'],
  ['7', 'Data sources', 'methods-data'],
  ['8', 'Eligibility', 'methods-data', 'flow'],
  ['9', 'Preprocessing', 'methods-data'],
  ['10', 'Selection of data subsets', 'methods-data'],
  ['11', 'Data elements', 'methods-data'],
  ['12', 'De-identification', 'methods-data'],
  ['13', 'Missing data', 'methods-data', 'flow'],
  ['14–15', 'Reference standard', 'methods-data'],
  ['16–18', 'Annotators, tools, variability', 'methods-data'],
  ['19', 'Sample size', 'cohort'],
  ['20–21', 'Partitions and their disjointness', 'methods-evaluation', 'flow'],
  ['22', 'Model', 'methods-network'],
  ['23', 'Software', 'methods-software', 'environment'],
  ['24', 'Initialisation', 'methods-network'],
  ['25', 'Training', 'methods-training', 'training'],
  ['26', 'Selection of the final model', 'methods-training', 'folds'],
  ['27', 'Ensembling', 'external'],
  ['28', 'Metrics', 'methods-evaluation'],
  ['29', 'Statistical uncertainty', 'methods-evaluation'],
  ['30', 'Robustness and sensitivity', 'validation'],
  ['31', 'Explainability', 'explanations', 'explanation-checks'],
  ['32', 'External testing', 'external'],
  ['33', 'Flow of participants', 'flow'],
  ['34', 'Demographics by partition', 'cohort'],
  ['35', 'Performance on all partitions', 'accuracy', 'folds'],
  ['36', 'Precision of estimates', 'accuracy', 'calibration'],
  ['37', 'Failure analysis', 'failures'],
  ['38', 'Limitations', 'limitations'],
  ['39', 'Implications for practice'],
  ['40–42', 'Registration, protocol, funding'],
];

/** Rendered last: it links to what is there. */
export function checklists(_data: ReportData, page: Page): Markup {
  const { references } = page;
  return page.chapter(
    'checklists',
    'Reporting checklists',
    table(html`Items of TRIPOD+AI ${references.cite('tripod')} and where they are answered.`, TRIPOD, page),
    table(html`Items of CLAIM ${references.cite('claim')} and where they are answered.`, CLAIM, page),
  );
}

function table(caption: Markup, items: readonly Item[], page: Page): Markup {
  return page.table({
    caption,
    columns: ['Item', 'Subject', 'Where'],
    rows: items.map(([number, subject, ...parts]) => [number, subject, where(parts, page)]),
  });
}

function where(parts: readonly string[], { titles }: Page): Part {
  if (parts.length === 0) return 'for the authors';
  const links = parts
    .filter((part) => titles.has(part))
    .map((part) => html`<a href="#${part}">${titles.get(part) ?? ''}</a>`);
  return links.length === 0 ? 'not in this run' : links.map((link, i) => html`${i > 0 && ', '}${link}`);
}

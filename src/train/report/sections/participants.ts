import { type Description, describe, type Share } from '../cohort.ts';
import type { ReportData } from '../data.ts';
import type { Markup, Part } from '../html.ts';
import { fixed, percent } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';
import { flow } from './flow.ts';

/** Whose scans these are: how they came in, and what is known of them. */
export function participants(data: ReportData, page: Page): Markup {
  return page.chapter(
    'participants',
    'Participants',
    flow(data, page),
    page.section('cohort', 'Cohort', cohort(data, page)),
  );
}

function cohort({ predictions, folds }: ReportData, page: Page): Markup {
  const all = describe(predictions);
  const parts = folds.map(({ fold }) => describe(predictions.filter((each) => each.fold === fold)));
  const row = (name: string, cell: (part: Description) => Part): Part[] => [name, ...[all, ...parts].map(cell)];
  const shares = (title: string, key: 'sex' | 'scanner' | 'contrast'): Part[][] =>
    all[key].every(({ name }) => name === 'unknown')
      ? [row(title, () => 'not known')]
      : all[key].map(({ name }) => row(`${title}: ${name}`, (part) => share(part[key], name, part.pictures)));
  return page.table({
    caption: 'The cohort, and the test part of each fold, which together are the cohort.',
    columns: ['', ...numeric('All', ...folds.map(({ fold }) => `Fold ${fold}`))],
    rows: [
      row('Pictures', ({ pictures }) => pictures),
      row('Patients', ({ patients }) => patients),
      row('Age, mean ± SD (years)', ({ age }) => `${fixed(age.mean)} ± ${fixed(age.deviation)}`),
      row('Age, range (years)', ({ age }) => `${fixed(age.least)} to ${fixed(age.greatest)}`),
      ...shares('Sex', 'sex'),
      ...shares('Scanner', 'scanner'),
      ...shares('Contrast agent', 'contrast'),
    ],
    note: 'Counts are pictures, with their share of the column. Age is that at the examination.',
  });
}

function share(shares: readonly Share[], name: string, all: number): string {
  const count = shares.find((each) => each.name === name)?.pictures ?? 0;
  return `${count} (${percent(count / all)})`;
}

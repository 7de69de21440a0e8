import { causesOf } from '../causes.ts';
import { flowDiagram } from '../charts/flow.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { counted } from '../numbers.ts';
import type { Page } from '../page.ts';

/** From the files to the folds: what was found, refused and used. */
export function flow({ data, metrics, folds }: ReportData, page: Page): Markup {
  const causes = causesOf(data.refused.map(({ cause }) => cause));
  const figure = page.figure(
    flowDiagram({ ...data, causes, patients: metrics.patients, folds }),
    'Flow of studies from files to folds. Numbers in folds are pictures; training, validation and test part of a fold share no patient.',
  );
  return page.section('flow', 'Flow of studies', figure, refusals(data, page), remarks(data));
}

function refusals({ refused }: ReportData['data'], page: Page): Markup | null {
  if (refused.length === 0) return null;
  return page.table({
    caption: 'Every refused study with its cause.',
    columns: ['Study', 'Cause'],
    rows: refused.map(({ study, cause }) => [study, cause]),
    long: true,
  });
}

function remarks({ remarks: list = [], labels_without_study: unused = 0 }: ReportData['data']): Markup {
  const causes = causesOf(list.flatMap((each) => each.remarks));
  const told = causes.map(({ cause, count }, i) => html`${i > 0 && '; '}${cause} (${count})`);
  return html`${list.length > 0 && html`<p>Preparation remarked on ${counted(list.length, 'study', 'studies')} that ${list.length === 1 ? 'was' : 'were'} used all the same: ${told}.</p>`}${unused > 0 && html`<p>The table of ages had ${counted(unused, 'row')} without a study.</p>`}`;
}

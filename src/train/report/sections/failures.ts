import type { Prediction } from '../../metrics.ts';
import type { ReportData } from '../data.ts';
import type { Markup } from '../html.ts';
import { fixed } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';

const SHOWN = 10;

const error = ({ mean, age }: Prediction): number => mean - age;

/** The predictions that are farthest off. */
export function failures({ predictions, data }: ReportData, page: Page): Markup {
  const worst = [...predictions].sort((a, b) => Math.abs(error(b)) - Math.abs(error(a))).slice(0, SHOWN);
  const remarks = new Map((data.remarks ?? []).map((each) => [each.row, each.remarks]));
  const told = worst.some(({ row }) => remarks.has(row));
  return page.section(
    'failures',
    'Largest errors',
    page.table({
      caption: `The ${worst.length} pictures with the largest absolute errors.`,
      columns: [
        'Subject',
        'Sex',
        ...numeric('Fold', 'Age', 'Predicted', 'σ', 'Error', 'Error / σ'),
        ...(told ? ['Remarks of the preparation'] : []),
      ],
      rows: worst.map((each) => [
        each.subject,
        each.sex || '–',
        each.fold,
        fixed(each.age),
        fixed(each.mean),
        fixed(each.sigma),
        fixed(error(each)),
        fixed(error(each) / each.sigma),
        ...(told ? [(remarks.get(each.row) ?? []).join('; ')] : []),
      ]),
      note: 'Years; σ is recalibrated. An error of many σ is one that the model did not foresee.',
    }),
  );
}

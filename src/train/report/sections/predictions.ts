import type { ReportData } from '../data.ts';
import type { Markup } from '../html.ts';
import { fixed } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';

/** Every prediction, so that all figures can be made again. */
export function allPredictions({ predictions, gaps }: ReportData, page: Page): Markup {
  return page.chapter(
    'predictions',
    'All predictions',
    page.table({
      caption: `All ${predictions.length} out-of-fold predictions, in the order of the data; years.`,
      columns: [
        'Subject',
        'Sex',
        ...numeric('Fold', 'Age', 'Predicted', 'σ as predicted', 'σ', 'Error', 'Corrected gap'),
      ],
      rows: predictions.map((each, i) => [
        each.subject,
        each.sex || '–',
        each.fold,
        fixed(each.age),
        fixed(each.mean),
        fixed(each.sigma_raw),
        fixed(each.sigma),
        fixed(each.mean - each.age),
        fixed(gaps[i]?.corrected_gap),
      ]),
      long: true,
    }),
  );
}

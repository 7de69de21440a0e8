import type { ReportData } from '../data.ts';
import type { Markup } from '../html.ts';
import { fixed, range } from '../numbers.ts';
import { numeric, type Page, stacked } from '../page.ts';

/** What each fold's model was made from, and how it did. */
export function folds({ folds: facts, history, foldErrors }: ReportData, page: Page): Markup | null {
  if (facts.length === 0) return null;
  const rows = facts.map((fold) => {
    const validation = history.find((row) => row.fold === fold.fold && row.epoch === fold.epoch)?.validation_mae;
    const errors = foldErrors.get(fold.fold);
    return [
      fold.fold,
      `${fold.training} / ${fold.validation} / ${fold.test}`,
      `${fixed(fold.age_mean)} ± ${fixed(fold.age_deviation)}`,
      fold.epoch,
      fixed(validation, 2),
      errors ? stacked(fixed(errors.mae.value, 2), range(errors.mae, 2)) : '',
      errors ? stacked(fixed(errors.bias.value, 2), range(errors.bias, 2)) : '',
      fixed(fold.sigma_scale, 3),
    ];
  });
  return page.section(
    'folds',
    'Folds',
    page.table({
      caption: 'The model of each fold.',
      columns: [
        'Fold',
        ...numeric(
          'Training / validation / test pictures',
          'Training age (years)',
          'Epoch kept',
          'Validation MAE (years)',
          'Test MAE (years)',
          'Test bias (years)',
          'Factor on σ',
        ),
      ],
      rows,
      note: 'Age is mean ± SD. Validation patients chose the epoch, where the run keeps the best one, and the factor on σ; test patients chose nothing.',
    }),
  );
}

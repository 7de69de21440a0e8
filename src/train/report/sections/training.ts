import { lossCharts } from '../charts/loss.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { legend } from '../legend.ts';
import type { Page } from '../page.ts';

/** How the losses went. */
export function training({ history, folds }: ReportData, page: Page): Markup | null {
  if (history.length === 0) return null;
  const kept = new Map(folds.map(({ fold, epoch }) => [fold, epoch]));
  const key = legend([
    { name: 'training', className: 'curve first' },
    { name: 'validation', className: 'curve second dashed' },
    { name: 'epoch kept', className: 'limit' },
  ]);
  return page.section(
    'training',
    'Course of training',
    page.figure(
      html`${lossCharts(history, kept)}${key}`,
      'Loss (Gaussian negative log likelihood of standardised age) by epoch. Values far above the rest are drawn at the upper edge.',
    ),
  );
}

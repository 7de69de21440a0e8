import type { CheckSummary } from '../../explain-file.ts';
import { curveChart } from '../charts/curves.ts';
import type { ReportData } from '../data.ts';
import { html, type Markup } from '../html.ts';
import { legend } from '../legend.ts';
import { counted, fixed, percent } from '../numbers.ts';
import { numeric, type Page } from '../page.ts';

/** Whether the saliency maps show what the network looks at, and what it has learned. */
export function explanationChecks({ explanations }: ReportData, page: Page): Markup | null {
  const check = explanations?.check;
  if (!check) return null;
  return page.section(
    'explanation-checks',
    'Checks of the saliency maps',
    curves(check, page),
    randomised(check, page),
  );
}

function curves(check: CheckSummary, page: Page): Markup {
  const { deletion, insertion, random_deletion, random_insertion } = check.curves.areas;
  const key = legend([
    { name: 'in the map’s order', className: 'curve first' },
    { name: 'in random orders', className: 'curve second dashed' },
  ]);
  const figure = page.figure(
    html`<div class="pair">${curveChart(check, 'deletion')}${curveChart(check, 'insertion')}</div>${key}`,
    'Deletion and insertion: how far the predicted age lies from that of the whole picture when the most salient pixels are emptied (left), and when all but they are (right). A map that shows what counts goes above the random orders on the left and below them on the right.',
  );
  const table = page.table({
    caption: `Mean distance of the prediction from that of the whole picture, over ${counted(check.subjects, 'picture')}.`,
    columns: ['', ...numeric('Map’s order (years)', 'Random orders (years)', 'Pictures whose map does better')],
    rows: [
      ['Deletion', fixed(deletion, 2), fixed(random_deletion, 2), percent(check.deletion_better)],
      ['Insertion', fixed(insertion, 2), fixed(random_insertion, 2), percent(check.insertion_better)],
    ],
    note: `Random orders (${check.random_orders} a picture) are as coarse as the features behind the maps.`,
  });
  return html`${figure}${table}`;
}

function randomised({ randomised: parts, threshold, map_changes }: CheckSummary, page: Page): Markup {
  return page.table({
    caption:
      'Randomised weights: likeness of the maps to the trained network’s when its parts lose what they have learned, from the output to the input.',
    columns: ['Untrained from here to the output', ...numeric('Rank correlation', 'Structural similarity')],
    rows: parts.map(({ part, spearman, ssim }) => [part, fixed(spearman, 2), fixed(ssim, 2)]),
    note: map_changes
      ? `With all weights random, the maps are other ones (rank correlation below ${fixed(threshold)}): they depend on what was learned.`
      : `Even with all weights random, the maps stay alike (rank correlation of ${fixed(threshold)} or more): they show the picture rather than what was learned.`,
  });
}

import type { CheckSummary } from '../../explain-file.ts';
import type { Markup } from '../html.ts';
import { fixed, percent } from '../numbers.ts';
import { Chart, rangeFromZero } from '../svg.ts';

type Kind = 'deletion' | 'insertion';

const LABELS: Record<Kind, string> = { deletion: 'Pixels taken away', insertion: 'Pixels shown' };

/** How far the prediction moves as pixels are taken away, or shown, in the map's order; dashed in random orders. */
export function curveChart({ curves, shares }: CheckSummary, kind: Kind): Markup {
  const [map, random] = [curves[kind], curves[`random_${kind}`]];
  const y = rangeFromZero([
    ...curves.deletion,
    ...curves.insertion,
    ...curves.random_deletion,
    ...curves.random_insertion,
  ]);
  const { areas } = curves;
  const chart = new Chart(
    `Change of the predicted age by ${kind}; mean in the map’s order ${fixed(areas[kind])} years, in random orders ${fixed(areas[`random_${kind}`])} years`,
    { label: LABELS[kind], range: [0, 1], ticks: 5, format: (share) => percent(share) },
    { label: 'Change of the predicted age (years)', range: y, ticks: 5 },
    { width: 400, height: 320 },
  );
  const points = (values: readonly number[]) => values.map((value, i) => [shares[i] ?? 0, value] as const);
  return chart.line(points(random), 'curve second dashed').line(points(map), 'curve first').draw();
}

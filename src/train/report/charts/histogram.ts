import type { Markup } from '../html.ts';
import { counted, fixed } from '../numbers.ts';
import { Chart, rangeFromZero, rangeOf, ticks } from '../svg.ts';

/** How often errors of each size occur; the line marks zero. */
export function errorHistogram(errors: readonly number[]): Markup {
  const range = rangeOf([...errors, 0], 5);
  // A bin may not be narrower than the data can fill.
  const edges = ticks(range, Math.min(24, Math.max(4, Math.round(Math.sqrt(errors.length) * 2))));
  const step = (edges[1] ?? range[1]) - (edges[0] ?? range[0]);
  const first = Math.floor(range[0] / step) * step;
  const bins = Array.from({ length: Math.ceil((range[1] - first) / step) }, (_, i) => first + i * step);
  const counts = bins.map((left) => errors.filter((error) => error >= left && error < left + step).length);
  // The greatest error may lie on the last edge.
  const last = errors.filter((error) => error === first + bins.length * step).length;
  if (last > 0) counts[counts.length - 1] = (counts.at(-1) ?? 0) + last;
  const end = first + bins.length * step;
  const chart = new Chart(
    `Histogram of ${errors.length} prediction errors in bins of ${fixed(step)} years`,
    { label: 'Predicted − true age (years)', range: [first, end] },
    { label: 'Pictures', range: rangeFromZero(counts) },
    { width: 720, height: 300 },
  );
  bins.forEach((left, i) => {
    const count = counts[i] ?? 0;
    const tip = `${fixed(left)} to ${fixed(left + step)} years: ${counted(count, 'picture')}`;
    if (count > 0) chart.rectangle([left, left + step], [0, count], 'column', tip);
  });
  chart.bar(0, ...rangeFromZero(counts), 'identity');
  return chart.draw();
}

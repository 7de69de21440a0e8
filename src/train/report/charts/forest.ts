import type { Estimate } from '../../metrics.ts';
import type { Markup } from '../html.ts';
import { fixed, range } from '../numbers.ts';
import { Chart, rangeFromZero, rangeOf } from '../svg.ts';

export interface ForestRow {
  name: string;
  estimate: Estimate;
}

export interface ForestOptions {
  /** What is drawn, in words. */
  title: string;
  /** Of the axis. */
  label: string;
  /** A value all rows are to be seen against, drawn as a line. */
  reference: number;
  /** Whether the axis begins at zero; else it holds the values and the reference. */
  fromZero: boolean;
}

const ROW = 26;

/** Groups one below the other, each with its estimate and interval. */
export function forestChart(rows: readonly ForestRow[], { title, label, reference, fromZero }: ForestOptions): Markup {
  const values = [reference, ...rows.flatMap(({ estimate }) => [estimate.low, estimate.high, estimate.value])];
  const longest = Math.max(0, ...rows.map(({ name }) => name.length));
  const chart = new Chart(
    `${title}: ${rows.map(({ name, estimate }) => `${name} ${fixed(estimate.value)}`).join(', ')}`,
    { label, range: fromZero ? rangeFromZero(values) : rangeOf(values, 5) },
    { label: '', range: [rows.length, 0], ticks: 0 },
    { width: 720, height: 70 + ROW * rows.length, left: Math.min(260, 24 + 6.6 * longest) },
  );
  chart.bar(reference, 0, rows.length, 'identity');
  rows.forEach(({ name, estimate }, i) => {
    const at = i + 0.5;
    chart.name(at, name);
    chart.span(at, estimate.low, estimate.high, 'whisker');
    chart.point(estimate.value, at, 'circle', 'point female', `${name}: ${fixed(estimate.value)} (${range(estimate)})`);
  });
  return chart.draw();
}

import type { AgeGap, GapLine } from '../../metrics/age-gap.ts';
import type { Markup } from '../html.ts';
import { fixed } from '../numbers.ts';
import { Chart, type Range, rangeOf } from '../svg.ts';
import type { Drawn } from './drawn.ts';
import { sexMark } from './sexes.ts';

/** The range that the gaps before and after correction share. */
export function gapRange(gaps: readonly AgeGap[]): Range {
  return rangeOf([0, ...gaps.flatMap(({ gap, corrected_gap }) => [gap, corrected_gap ?? Number.NaN])], 10);
}

/** Age gap against true age; `lines` are those that the correction takes away. */
export function ageGapChart(
  predictions: readonly Drawn[],
  values: readonly (number | null)[],
  { title, range, lines }: { title: string; range: Range; lines: readonly GapLine[] },
): Markup {
  const xRange = rangeOf(
    predictions.map(({ age }) => age),
    10,
  );
  const chart = new Chart(
    `${title} against true age of ${predictions.length} pictures`,
    { label: 'True age (years)', range: xRange, ticks: 5 },
    { label: `${title} (years)`, range },
    { width: 400, height: 340 },
  );
  chart.line(
    xRange.map((x) => [x, 0] as const),
    'identity',
  );
  for (const { slope, intercept } of lines)
    chart.line(
      xRange.map((x) => [x, Math.min(range[1], Math.max(range[0], intercept + slope * x))] as const),
      'curve third',
    );
  predictions.forEach((each, i) => {
    const { shape, className } = sexMark(each);
    const value = values[i];
    if (value != null) chart.point(each.age, value, shape, className, `${each.subject}: ${fixed(value)} years`);
  });
  return chart.draw();
}

import type { Metrics } from '../../metrics.ts';
import type { Markup } from '../html.ts';
import { percent } from '../numbers.ts';
import { Chart, type Range } from '../svg.ts';

const RANGE: Range = [0, 1];
/** The two σ stand beside each other where their intervals would cover one another. */
const APART = 0.006;

/** Observed against nominal coverage of the central intervals, as predicted and after recalibration. */
export function coverageChart({ coverage, calibration }: Pick<Metrics, 'coverage' | 'calibration'>): Markup {
  const axis = (label: string) => ({ label, range: RANGE, format: (value: number) => percent(value), ticks: 5 });
  const observed = coverage.map(
    ({ level, raw, recalibrated }) => `${percent(level)} interval: ${percent(raw)} and ${percent(recalibrated)}`,
  );
  const chart = new Chart(
    `Observed against nominal coverage, as predicted and recalibrated; ${observed.join('; ')}`,
    axis('Nominal coverage'),
    axis('Observed coverage'),
    { width: 400, height: 380 },
  );
  const ends = (curve: readonly { level: number; interval: number }[]): [number, number][] => [
    [0, 0],
    ...curve.map(({ level, interval }): [number, number] => [level, interval]),
    [1, 1],
  ];
  chart.line(
    [
      [0, 0],
      [1, 1],
    ],
    'identity',
  );
  chart.line(ends(calibration.raw.curve), 'curve second dashed');
  chart.line(ends(calibration.recalibrated.curve), 'curve first');
  for (const each of coverage) {
    const [left, right] = [each.level - APART, each.level + APART];
    const inside = (share: number) => `${percent(share)} inside the ${percent(each.level)} interval`;
    chart.whisker(left, each.raw_low, each.raw_high, 'whisker');
    chart.whisker(right, each.recalibrated_low, each.recalibrated_high, 'whisker');
    chart.point(left, each.raw, 'square', 'point male', `as predicted: ${inside(each.raw)}`);
    chart.point(right, each.recalibrated, 'circle', 'point female', `recalibrated: ${inside(each.recalibrated)}`);
  }
  return chart.draw();
}

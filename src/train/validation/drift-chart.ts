import type { Markup } from '../report/html.ts';
import { fixed, range } from '../report/numbers.ts';
import { Chart, rangeOf } from '../report/svg.ts';
import type { PerturbationResult } from './results.ts';
import { strengthText } from './strength.ts';

const ROW = 19;
const LEFT = 300;

/** Drift of the MAE under every perturbation and strength: filled circles keep all criteria, hollow squares do not. */
export function driftChart(perturbations: readonly PerturbationResult[], criterion: number): Markup {
  const rows = perturbations.flatMap(({ title, unit, strengths }) =>
    strengths.map(({ strength, comparison, failed }, i) => ({
      name: i === 0 ? `${title}: ${strengthText(strength, unit)}` : strengthText(strength, unit),
      drift: comparison?.mae_drift ?? null,
      passed: failed.length === 0,
    })),
  );
  const values = rows.flatMap(({ drift }) => (drift ? [drift.value, drift.low, drift.high] : []));
  const chart = new Chart(
    'Drift of the mean absolute error by perturbation and strength',
    { label: 'MAE with the perturbation − MAE without it (years)', range: rangeOf([...values, 0, criterion], 1) },
    { label: '', range: [rows.length, 0], ticks: 0 },
    { width: 860, height: 70 + ROW * rows.length, left: LEFT },
  );
  chart.bar(0, 0, rows.length, 'identity').bar(criterion, 0, rows.length, 'limit');
  rows.forEach(({ name, drift, passed }, i) => {
    const at = i + 0.5;
    chart.name(at, name);
    if (!drift) return;
    chart.span(at, drift.low, drift.high, 'whisker');
    const tip = `${name}: ${fixed(drift.value, 2)} (${range(drift, 2)}) years`;
    chart.point(drift.value, at, passed ? 'circle' : 'square', passed ? 'point female' : 'point male', tip);
  });
  return chart.draw();
}

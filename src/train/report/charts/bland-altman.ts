import type { Metrics } from '../../metrics.ts';
import type { Markup } from '../html.ts';
import { fixed, isKnown } from '../numbers.ts';
import { Chart, rangeOf } from '../svg.ts';
import type { Drawn } from './drawn.ts';
import { sexMark } from './sexes.ts';

/** Error against the mean of truth and prediction (Bland and Altman), with bias, limits of agreement and their intervals. */
export function blandAltmanChart(predictions: readonly Drawn[], agreement: Metrics['bland_altman']): Markup {
  const { bias, lower_limit: lower, upper_limit: upper, slope, intercept } = agreement;
  const middles = predictions.map(({ age, mean }) => (age + mean) / 2);
  const errors = predictions.map(({ age, mean }) => mean - age);
  const lines = [
    { name: 'bias', estimate: bias, className: 'identity' },
    { name: 'upper limit', estimate: upper, className: 'limit' },
    { name: 'lower limit', estimate: lower, className: 'limit' },
  ].filter(({ estimate }) => Number.isFinite(estimate.value));
  const xRange = rangeOf(middles, 10);
  const bounds = lines.flatMap(({ estimate }) => [estimate.value, estimate.low, estimate.high]);
  const yRange = rangeOf([...errors, ...bounds, 0], 5);
  const chart = new Chart(
    `Prediction error against the mean of true and predicted age; bias ${fixed(bias.value)} years, limits of agreement ${fixed(lower.value)} to ${fixed(upper.value)} years`,
    { label: 'Mean of true and predicted age (years)', range: xRange },
    { label: 'Predicted − true age (years)', range: yRange },
    { width: 720, height: 400 },
  );
  for (const { name, estimate, className } of lines) {
    if (isKnown(estimate)) chart.rectangle(xRange, [estimate.low, estimate.high], 'band', `${name}: 95 % interval`);
    chart.line(
      xRange.map((x) => [x, estimate.value] as const),
      className,
    );
  }
  if (Number.isFinite(slope.value))
    chart.line(
      xRange.map((x) => [x, intercept.value + slope.value * x] as const),
      'curve third',
    );
  predictions.forEach((each, i) => {
    const { shape, className } = sexMark(each);
    chart.point(
      middles[i] as number,
      errors[i] as number,
      shape,
      className,
      `${each.subject}: ${fixed(errors[i])} years`,
    );
  });
  for (const { name, estimate } of lines)
    chart.text(
      xRange[1],
      estimate.value + (yRange[1] - yRange[0]) * 0.012,
      `${name} ${fixed(estimate.value)}`,
      'note',
      'end',
    );
  return chart.draw();
}

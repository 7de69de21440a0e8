import type { Markup } from '../html.ts';
import { fixed } from '../numbers.ts';
import { Chart, rangeOf } from '../svg.ts';
import type { Drawn } from './drawn.ts';
import { sexMark } from './sexes.ts';

/** Half-width of the central 90 % interval of a normal distribution in standard deviations. */
const Z90 = 1.6448536269514722;

/** Predicted against true age, each with its 90 % interval, the line of identity between them. */
export function predictionChart(predictions: readonly Drawn[]): Markup {
  const ages = predictions.map(({ age }) => age);
  const intervals = predictions.map(({ mean, sigma }) => [mean - Z90 * sigma, mean + Z90 * sigma] as const);
  const xRange = rangeOf(ages, 10);
  const chart = new Chart(
    `Predicted against true age of ${predictions.length} pictures, each with its 90 % interval`,
    { label: 'True age (years)', range: xRange },
    { label: 'Predicted age (years)', range: rangeOf([...ages, ...intervals.flat()], 10) },
    { width: 720, height: 520 },
  );
  predictions.forEach(({ age }, i) => {
    chart.bar(age, ...(intervals[i] as readonly [number, number]), 'interval');
  });
  const [low, high] = xRange;
  chart.line(
    [
      [low, low],
      [high, high],
    ],
    'identity',
  );
  for (const each of predictions) {
    const { subject, age, mean, sigma } = each;
    const { shape, className } = sexMark(each);
    const tip = `${subject}: ${fixed(age)} years, predicted ${fixed(mean)} ± ${fixed(sigma)} years`;
    chart.point(age, mean, shape, className, tip);
  }
  return chart.draw();
}

import type { Metrics } from '../../metrics.ts';
import type { Markup } from '../html.ts';
import { fixed } from '../numbers.ts';
import { px, svg } from '../svg.ts';

const [LEFT, WIDTH, BAR] = [12, 696, 44];

/** The model's MAE on a scale from zero to that of predicting the mean age, with the known limit where there is one. */
export function yardstick({ mae, mean_predictor_mae: baseline, limit_mae: limit }: Metrics): Markup {
  const greatest = Math.max(baseline, mae.value, Number.isFinite(mae.high) ? mae.high : 0) * 1.12 || 1;
  const x = (value: number): number => LEFT + (Math.max(0, value) / greatest) * WIDTH;
  const mark = (value: number, text: string, above: boolean, className: string): string => {
    const at = x(value);
    const anchor = at < 110 ? 'start' : at > WIDTH - 90 ? 'end' : 'middle';
    const height = above ? `M${px(at)} ${BAR - 8}V${BAR + 10}` : `M${px(at)} ${BAR}V${BAR + 18}`;
    return `<path class="mark" d="${height}"/><text class="${className}" x="${px(at)}" y="${above ? BAR - 14 : BAR + 34}" text-anchor="${anchor}">${text}</text>`;
  };
  const interval =
    Number.isFinite(mae.low) && Number.isFinite(mae.high)
      ? `<rect class="measure" x="${px(x(mae.low))}" y="${BAR}" width="${px(x(mae.high) - x(mae.low))}" height="10"/>`
      : '';
  const content = [
    `<rect class="track" x="${LEFT}" y="${BAR}" width="${WIDTH}" height="10" rx="2"/>`,
    interval,
    limit === null ? '' : mark(limit, `known limit ${fixed(limit)}`, false, ''),
    mark(mae.value, `this model ${fixed(mae.value)}`, true, 'strong'),
    mark(baseline, `predicting the mean ${fixed(baseline)}`, false, ''),
  ].join('');
  const words = `Mean absolute error in years: this model ${fixed(mae.value)}, predicting the mean age ${fixed(baseline)}${limit === null ? '' : `, known limit ${fixed(limit)}`}`;
  return svg(words, WIDTH + 2 * LEFT, 90, content);
}

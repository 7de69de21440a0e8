import type { Metrics } from '../../metrics.ts';
import type { Markup } from '../html.ts';
import { counted, fixed } from '../numbers.ts';
import { Chart, rangeFromZero } from '../svg.ts';

/** What the MAE of a normal error is of its σ. */
const MAE_OF_SIGMA = Math.sqrt(2 / Math.PI);

/** Mean absolute error against mean predicted σ in equally filled bins, with the line that honest σ follow. */
export function sigmaChart(bins: Metrics['calibration']['recalibrated']['bins']): Markup {
  const [sigmas, errors] = [bins.map(({ mean_sigma }) => mean_sigma), bins.flatMap(({ mae }) => [mae.value, mae.high])];
  const [x, y] = [rangeFromZero(sigmas.map((sigma) => sigma * 1.05)), rangeFromZero(errors)];
  const chart = new Chart(
    `Mean absolute error against predicted σ: ${bins.map((bin) => `σ ${fixed(bin.mean_sigma)}, MAE ${fixed(bin.mae.value)}`).join('; ')}`,
    { label: 'Mean predicted σ (years)', range: x, ticks: 5 },
    { label: 'MAE (years)', range: y, ticks: 5 },
    { width: 400, height: 380 },
  );
  const end = Math.min(x[1], y[1] / MAE_OF_SIGMA);
  chart.line(
    [
      [0, 0],
      [end, end * MAE_OF_SIGMA],
    ],
    'identity',
  );
  for (const { mean_sigma: sigma, mae, pictures } of bins) {
    chart.whisker(sigma, mae.low, mae.high, 'whisker');
    const tip = `${counted(pictures, 'picture')}: σ ${fixed(sigma)}, MAE ${fixed(mae.value)} years`;
    chart.point(sigma, mae.value, 'circle', 'point female', tip);
  }
  return chart.draw();
}

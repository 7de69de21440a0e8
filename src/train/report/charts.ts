import type { CoverageRow, LossCurve, ReportData, SubjectResult } from './data.ts';
import { Chart, type Range } from './svg.ts';

/** Half-width of a central interval of a normal distribution in standard deviations. */
const Z90 = 1.6448536269514722;
const SHAPES = { F: 'circle', M: 'square', unknown: 'triangle' } as const;

const years = (value: number): string => value.toFixed(1);

/** A range around values, widened to whole steps of ten. */
function decades(values: number[]): Range {
  const low = Math.floor(Math.min(...values) / 10) * 10;
  const high = Math.ceil(Math.max(...values) / 10) * 10;
  return [low, high > low ? high : low + 10];
}

/** Predicted against true age, each with its 90 % interval, the line of identity between them. */
export function predictionChart(subjects: readonly SubjectResult[]): string {
  const ages = subjects.map((subject) => subject.age);
  const range = decades([...ages, ...subjects.flatMap(({ mean, sigma }) => [mean - Z90 * sigma, mean + Z90 * sigma])]);
  const xRange = decades(ages);
  const title = `Predicted against true age of ${subjects.length} subjects with 90 % intervals`;
  const chart = new Chart(
    title,
    { label: 'True age (years)', range: xRange },
    { label: 'Predicted age (years)', range },
    { width: 620, height: 470 },
  );
  chart.line(
    [
      [xRange[0], xRange[0]],
      [xRange[1], xRange[1]],
    ],
    'identity',
  );
  for (const { age, mean, sigma } of subjects) chart.bar(age, mean - Z90 * sigma, mean + Z90 * sigma, 'interval');
  for (const { id, age, mean, sigma, sex, fold } of subjects) {
    const tip = `${id}: ${years(age)} y, predicted ${years(mean)} ± ${years(sigma)} y, fold ${fold}`;
    chart.point(age, mean, SHAPES[sex ?? 'unknown'], `point ${sex ?? 'unknown'}`, tip);
  }
  return chart.toString();
}

/** Error against the mean of truth and prediction (Bland and Altman), with bias and limits of agreement. */
export function blandAltmanChart(subjects: readonly SubjectResult[]): string {
  const rows = subjects.map((subject) => ({
    subject,
    middle: (subject.age + subject.mean) / 2,
    error: subject.mean - subject.age,
  }));
  const bias = rows.reduce((sum, row) => sum + row.error, 0) / rows.length;
  const variance = rows.reduce((sum, row) => sum + (row.error - bias) ** 2, 0) / Math.max(1, rows.length - 1);
  const spread = 1.96 * Math.sqrt(variance);
  const xRange = decades(rows.map((row) => row.middle));
  const reach = Math.max(...rows.map((row) => Math.abs(row.error)), Math.abs(bias) + spread);
  const yRange: Range = [-Math.ceil(reach / 5) * 5, Math.ceil(reach / 5) * 5];
  const chart = new Chart(
    `Prediction error; bias ${years(bias)} years, limits of agreement ${years(bias - spread)} to ${years(bias + spread)} years`,
    { label: 'Mean of true and predicted age (years)', range: xRange },
    { label: 'Predicted − true (years)', range: yRange },
    { width: 620, height: 330 },
  );
  for (const [value, name] of [
    [bias, 'bias'],
    [bias + spread, '+1.96 SD'],
    [bias - spread, '−1.96 SD'],
  ] as const) {
    chart.line(
      [
        [xRange[0], value],
        [xRange[1], value],
      ],
      name === 'bias' ? 'identity' : 'limit',
    );
    chart.text(xRange[1], value + (yRange[1] - yRange[0]) * 0.015, `${name} ${years(value)}`, 'note', 'end');
  }
  for (const { subject, middle, error } of rows) {
    chart.point(
      middle,
      error,
      SHAPES[subject.sex ?? 'unknown'],
      `point ${subject.sex ?? 'unknown'}`,
      `${subject.id}: ${years(error)} y`,
    );
  }
  return chart.toString();
}

/** Training (solid) and validation (dashed) loss by epoch, one pair of lines a fold. */
export function lossChart(curves: readonly LossCurve[]): string {
  const all = curves.flatMap((curve) =>
    curve.points.flatMap(({ training, validation }) => (validation === null ? [training] : [training, validation])),
  );
  const finite = all.filter(Number.isFinite).sort((a, b) => a - b);
  // A first epoch far above the rest would press all others together.
  const low = finite[0] ?? 0;
  const high = finite[Math.min(finite.length - 1, Math.floor(finite.length * 0.97))] ?? 1;
  const margin = Math.max(0.05, (high - low) * 0.05);
  const yRange: Range = [low - margin, high + margin];
  const epochs = Math.max(1, ...curves.flatMap((curve) => curve.points.map((point) => point.epoch)));
  const chart = new Chart(
    'Loss by epoch',
    { label: 'Epoch', range: [0, epochs] },
    { label: 'Negative log likelihood', range: yRange },
    { width: 620, height: 330 },
  );
  const clamp = (value: number): number => Math.min(yRange[1], Math.max(yRange[0], value));
  for (const { fold, points } of curves) {
    const training = points.map(({ epoch, training: value }): [number, number] => [epoch, clamp(value)]);
    const validation = points.flatMap(({ epoch, validation: value }): [number, number][] =>
      value === null ? [] : [[epoch, clamp(value)]],
    );
    chart.line(training, `curve fold${fold % 5}`).line(validation, `curve dashed fold${fold % 5}`);
  }
  return chart.toString();
}

/** Observed against nominal coverage of the central intervals, as predicted and after recalibration. */
export function coverageChart(rows: readonly CoverageRow[]): string {
  const percent = (value: number): string => `${Math.round(value * 100)} %`;
  const axis = (label: string) => ({ label, range: [0.4, 1] as Range, format: percent });
  const chart = new Chart('Observed against nominal coverage', axis('Nominal coverage'), axis('Observed coverage'), {
    width: 400,
    height: 380,
  });
  chart.line(
    [
      [0.4, 0.4],
      [1, 1],
    ],
    'identity',
  );
  const floor = (value: number): number => Math.max(0.4, value);
  chart.line(
    rows.map(({ level, raw }): [number, number] => [level, floor(raw)]),
    'curve dashed fold1',
  );
  chart.line(
    rows.map(({ level, recalibrated }): [number, number] => [level, floor(recalibrated)]),
    'curve fold0',
  );
  for (const { level, raw, recalibrated } of rows) {
    chart.point(
      level,
      floor(raw),
      'square',
      'point M',
      `as predicted: ${percent(raw)} inside the ${percent(level)} interval`,
    );
    chart.point(
      level,
      floor(recalibrated),
      'circle',
      'point F',
      `recalibrated: ${percent(recalibrated)} inside the ${percent(level)} interval`,
    );
  }
  return chart.toString();
}

/** Mean absolute error against mean predicted σ in equally filled bins; a normal error has MAE = 0.80 σ. */
export function sigmaChart(subjects: readonly SubjectResult[]): string {
  const sorted = [...subjects].sort((a, b) => a.sigma - b.sigma);
  const count = Math.min(6, Math.max(2, Math.floor(sorted.length / 8)));
  const bins = Array.from({ length: count }, (_, i) =>
    sorted.slice(Math.floor((i * sorted.length) / count), Math.floor(((i + 1) * sorted.length) / count)),
  );
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const points = bins
    .filter((bin) => bin.length > 0)
    .map((bin) => ({
      sigma: mean(bin.map((row) => row.sigma)),
      error: mean(bin.map((row) => Math.abs(row.mean - row.age))),
      n: bin.length,
    }));
  const high = Math.ceil(Math.max(...points.map((point) => Math.max(point.sigma, point.error / 0.8))) * 1.15);
  const chart = new Chart(
    'Mean absolute error against predicted σ',
    { label: 'Mean predicted σ (years)', range: [0, high] },
    { label: 'MAE (years)', range: [0, high] },
    { width: 400, height: 380 },
  );
  chart.line(
    [
      [0, 0],
      [high, high * Math.sqrt(2 / Math.PI)],
    ],
    'identity',
  );
  for (const { sigma, error, n } of points)
    chart.point(sigma, error, 'circle', 'point F', `${n} subjects: σ ${years(sigma)}, MAE ${years(error)} years`);
  return chart.toString();
}

export type Metrics = ReportData['metrics'];

/** The model's MAE between the known limit and predicting the mean age. */
export function yardstick({ mae, meanPredictorMae, limitMae }: Metrics): string {
  const high = Math.max(meanPredictorMae, mae.high) * 1.1;
  const at = (value: number): string => ((Math.max(0, value) / high) * 100).toFixed(2);
  const mark = (value: number, text: string, side: string): string =>
    `<div class="mark ${side}" style="left:${at(value)}%"><span>${text}</span></div>`;
  const limit = limitMae === null ? '' : mark(limitMae, `known limit ${years(limitMae)}`, 'below');
  return `<div class="yardstick"><div class="band" style="left:${at(mae.low)}%;width:${at(mae.high - mae.low)}%"></div>${limit}${mark(mae.value, `<b>this model ${years(mae.value)}</b>`, 'above')}${mark(meanPredictorMae, `predicting the mean ${years(meanPredictorMae)}`, 'below')}</div>`;
}

import type { EpochRow } from '../../checkpoint.ts';
import { html, type Markup } from '../html.ts';
import { Chart, type Range } from '../svg.ts';

/** A first epoch far above the rest would press all others together: the range holds this share of the values. */
const SHOWN = 0.97;

function lossRange(history: readonly EpochRow[]): Range {
  const values = history
    .flatMap(({ training_loss, validation_loss }) => [training_loss, validation_loss ?? Number.NaN])
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const low = values[0] ?? 0;
  const high = values[Math.min(values.length - 1, Math.floor(values.length * SHOWN))] ?? 1;
  const margin = Math.max(0.05, (high - low) * 0.05);
  return [low - margin, high + margin];
}

/** A small chart for each fold, all with the same axes: training solid, validation dashed, the kept epoch marked. */
export function lossCharts(history: readonly EpochRow[], kept: ReadonlyMap<number, number>): Markup {
  const range = lossRange(history);
  const epochs = Math.max(1, ...history.map(({ epoch }) => epoch));
  const folds = [...new Set(history.map(({ fold }) => fold))].sort((a, b) => a - b);
  const charts = folds.map((fold) => {
    const rows = history.filter((row) => row.fold === fold);
    return html`<div><p class="panel">Fold ${fold}</p>${lossChart(fold, rows, range, epochs, kept.get(fold))}</div>`;
  });
  return html`<div class="panels">${charts}</div>`;
}

function lossChart(fold: number, rows: readonly EpochRow[], range: Range, epochs: number, kept?: number): Markup {
  const clamp = (value: number): number => Math.min(range[1], Math.max(range[0], value));
  const training = rows.map(({ epoch, training_loss }) => [epoch, clamp(training_loss)] as const);
  const validation = rows.flatMap(({ epoch, validation_loss }) =>
    validation_loss === null ? [] : [[epoch, clamp(validation_loss)] as const],
  );
  const chart = new Chart(
    `Training and validation loss of fold ${fold} over ${rows.length} epochs`,
    { label: 'Epoch', range: [0, epochs], ticks: Math.min(4, epochs) },
    { label: 'Loss', range, ticks: 4 },
    { width: 340, height: 220, left: 50 },
  );
  if (kept !== undefined) chart.bar(kept, ...range, 'limit');
  chart.line(training, 'curve first').line(validation, 'curve second dashed');
  const last = validation.at(-1);
  if (last && validation.length === 1) chart.point(...last, 'square', 'point male', 'validation');
  return chart.draw();
}

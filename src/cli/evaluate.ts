import type { Estimate, Metrics } from '../train/metrics.ts';
import { evaluateRun } from '../train/results.node.ts';
import { RunFolder } from '../train/run-folder.node.ts';
import { defineCommand, type Terminal } from './command.ts';
import { columns } from './help.ts';
import { UsageError } from './parse.ts';

const years = ({ value, low, high }: Estimate) =>
  `${value.toFixed(2)} years (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)})`;
const plain = ({ value, low, high }: Estimate) =>
  `${value.toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)})`;
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** The figures a reader wants first, as lines. */
export function printMetrics(terminal: Terminal, metrics: Metrics): void {
  const rows: [string, string][] = [
    [
      'pictures',
      `${metrics.pictures} of ${metrics.patients} patients, each predicted by a model that never saw the patient`,
    ],
    ['MAE', `${years(metrics.mae)}, SD of the error's size ${metrics.absolute_error_sd.toFixed(2)}`],
    [
      'predicting the mean',
      `${metrics.mean_predictor_mae.toFixed(2)} years; ratio ${plain(metrics.ratio_to_mean_predictor)}`,
    ],
    ...(metrics.limit_mae === null
      ? []
      : [['known limit', `${metrics.limit_mae.toFixed(2)} years`] as [string, string]]),
    ['RMSE', years(metrics.rmse)],
    ['R²', plain(metrics.r2)],
    ['Pearson r', plain(metrics.pearson)],
    ['mean σ', `${metrics.mean_sigma.toFixed(2)} years; before recalibration ${metrics.mean_sigma_raw.toFixed(2)}`],
    ...metrics.coverage.map(({ level, raw, recalibrated }): [string, string] => [
      `${percent(level)} interval`,
      `covers ${percent(recalibrated)}; before recalibration ${percent(raw)}`,
    ]),
  ];
  terminal.print(columns(rows, 120));
}

export default defineCommand({
  name: 'evaluate',
  summary: 'compute the metrics of a finished run from its out-of-fold predictions',
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder' },
  },
  async run({ options, terminal }) {
    if (!options.run) throw new UsageError('--run DIR is missing');
    const run = new RunFolder(options.run);
    const metrics = await evaluateRun(run);
    printMetrics(terminal, metrics);
    terminal.print(`written to ${run.file('metrics.json')}`);
    return metrics;
  },
});

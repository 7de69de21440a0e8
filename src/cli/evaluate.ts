import type { Metrics } from '../train/metrics.ts';
import { evaluateRun } from '../train/results.node.ts';
import { RunFolder } from '../train/run-folder.node.ts';
import { defineCommand, type Terminal } from './command.ts';
import { detailText, summaryText } from './evaluation-text.ts';
import { UsageError } from './parse.ts';

/** The figures a reader wants first, as lines. */
export function printMetrics(terminal: Terminal, metrics: Metrics): void {
  terminal.print(summaryText(metrics, 'each predicted by a model that never saw the patient'));
}

export default defineCommand({
  name: 'evaluate',
  summary: 'compute the metrics of a finished run from its out-of-fold predictions',
  details: `Writes metrics.json, and as CSV subgroups (sex, ten years of age, scanner, contrast agent), calibration, errors by bins of
    σ, and every patient's age gap, into the run folder. Intervals are 95 % bootstrap intervals: 2,000 resamples of patients.`,
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder' },
  },
  async run({ options, terminal }) {
    if (!options.run) throw new UsageError('--run DIR is missing');
    const run = new RunFolder(options.run);
    const metrics = await evaluateRun(run);
    printMetrics(terminal, metrics);
    terminal.print(`\n${detailText(metrics)}\n`);
    terminal.print(`written to ${run.file('metrics.json')} and the tables beside it`);
    return metrics;
  },
});

import { evaluateExternal, externalFolder } from '../train/external.node.ts';
import type { Metrics } from '../train/metrics.ts';
import { evaluateRun } from '../train/results.node.ts';
import { RunFolder } from '../train/run-folder.node.ts';
import { evaluateTogether } from '../train/together.node.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { detailText, externalText, summaryText } from './evaluation-text.ts';
import { UsageError } from './parse.ts';

/** The figures a reader wants first, as lines. */
export function printMetrics(terminal: Terminal, metrics: Metrics): void {
  terminal.print(summaryText(metrics, 'each predicted by a model that never saw the patient'));
}

async function evaluateOutOfFold(run: RunFolder, terminal: Terminal) {
  const metrics = await evaluateRun(run);
  printMetrics(terminal, metrics);
  terminal.print(`\n${detailText(metrics)}\n`);
  terminal.print(`written to ${run.file('metrics.json')} and the tables beside it`);
  return metrics;
}

async function evaluateWith(run: RunFolder, others: readonly string[], out: string, terminal: Terminal) {
  const runs = [run, ...others.map((other) => new RunFolder(other))];
  const metrics = await evaluateTogether(runs, out);
  terminal.print(summaryText(metrics, `each predicted by ${runs.length} models that never saw the patient, averaged`));
  terminal.print(`\n${detailText(metrics)}\n`);
  terminal.print(`written to ${out}`);
  return { out, ...metrics };
}

async function evaluateOn(run: RunFolder, data: string, out: string, terminal: Terminal) {
  const { folds } = await run.readConfig();
  const gpu = await openDevice(terminal);
  try {
    const progress = terminal.progress('models', folds);
    const { metrics } = await evaluateExternal(gpu, run, data, out, {
      onModel: (done) => (done < folds ? progress.update(done) : progress.end(`${folds} models`)),
      note: (line) => terminal.note(line),
      signal: terminal.signal,
    });
    terminal.print(`${externalText(metrics)}\n`);
    terminal.print(`written to ${out}`);
    return { out, ...metrics };
  } finally {
    gpu.close();
  }
}

export default defineCommand({
  name: 'evaluate',
  summary: 'compute the metrics of a finished run, out of fold or on an external test set',
  details: `Without --data the run's out-of-fold predictions are judged. Writes metrics.json, and as CSV subgroups (sex, ten years of
    age, scanner, contrast agent), calibration, errors by bins of σ, and every patient's age gap, into the run folder. Intervals
    are 95 % bootstrap intervals: 2,000 resamples of patients.

    With --with the out-of-fold predictions of runs on the same data, by other seeds for instance, are averaged and judged
    together (repeated cross-validation): each patient is predicted by one model of every run, none of which saw him. σ² is
    the mean of the models' recalibrated variances less the variance of their means, which the average does without.

    With --data the models of all folds, each and together, predict the pictures of a folder made by agelens prepare. Patients
    that the run was trained with, known by their pseudonyms, are left out (the salt must be the same). Ages may be unknown (prepare
    --unknown-ages). predictions.csv then has the parts of each σ: sigma² = aleatoric² (mean of the models' variances) + epistemic²
    (variance of their means).`,
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder' },
    data: { type: 'text', value: 'DIR', help: 'external test set, a folder made by agelens prepare' },
    with: {
      type: 'list',
      value: 'DIR',
      help: 'another run on the same data, to be averaged; may be given several times',
    },
    out: {
      type: 'text',
      value: 'DIR',
      help: 'folder for what is found on --data or --with (external or together in the run folder)',
    },
  },
  async run({ options: { run: folder, data, with: others, out }, terminal }) {
    if (!folder) throw new UsageError('--run DIR is missing');
    if (out && !data && others.length === 0) throw new UsageError('--out belongs to --data or --with');
    if (data && others.length > 0) throw new UsageError('--with averages out of fold; --data has its own ensemble');
    const run = new RunFolder(folder);
    if (others.length > 0) return evaluateWith(run, others, out ?? run.file('together'), terminal);
    return data ? evaluateOn(run, data, out ?? externalFolder(run), terminal) : evaluateOutOfFold(run, terminal);
  },
});

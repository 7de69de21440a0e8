import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Studies } from '../formats/studies.ts';
import { readLabelFile } from '../train/labels-file.node.ts';
import type { Validation } from '../train/validation/results.ts';
import { strengthText } from '../train/validation/strength.ts';
import { validateRun } from '../train/validation/validate.node.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { columns } from './help.ts';
import { readInput } from './inputs.ts';
import { UsageError } from './parse.ts';

const SUBJECTS = 20;
const QUICK_SUBJECTS = 8;
const SEEDS = 2;

/** The scans that are given, or those that a quickstart keeps; null where there are none. */
async function scansOf(run: string, given: string | undefined, terminal: Terminal): Promise<Studies | null> {
  const own = path.join(run, 'cohort');
  const folder = given ?? (existsSync(own) ? own : null);
  return folder === null ? null : readInput(folder, terminal);
}

function printResult(terminal: Terminal, { robustness, reproducibility, generalisation }: Validation): void {
  const rows = robustness.perturbations.flatMap(({ title, unit, strengths }) =>
    strengths.map(({ strength, comparison, failed }): [string, string] => [
      `${title}: ${strengthText(strength, unit)}`,
      comparison
        ? `MAE ${signed(comparison.mae_drift.value)} years, ICC(2,1) ${comparison.icc_absolute.value.toFixed(3)}${failed.length > 0 ? '; a criterion is missed' : ''}`
        : 'all studies refused',
    ]),
  );
  terminal.print(columns(rows, 120));
  const { predictions, training, seeds } = reproducibility;
  terminal.print(`predictions again: ${predictions.same_as_run} of ${predictions.predictions} the same to the bit`);
  const same = training.same_losses_as_run && training.same_twice !== false && training.same_weights_as_run !== false;
  terminal.print(`training again: ${same ? 'the same bits' : 'other bits'}`);
  const ensemble = generalisation?.models.find(({ model }) => model === 'ensemble');
  if (ensemble) terminal.print(`external test set: MAE ${ensemble.mae.value.toFixed(2)} years`);
  if (seeds)
    terminal.print(`between ${seeds.seeds.length} seeds: μ differs by ${seeds.spread.value.toFixed(2)} years (SD)`);
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

export default defineCommand({
  name: 'validate',
  summary: 'technical validation of a finished run: robustness, reproducibility, generalisation',
  details: `Perturbs scans (noise, rotation, shift, cut scan range, slice thickness, table, arms, contrast, gain, marker policy), prepares
    them and predicts each by the network that never saw the patient; predicts and trains again with the same seed and with
    others. Writes validation.json, robustness.csv (a line for each study and perturbation) and validation.html.

    Scans are found among --scans by patient ID or pseudonym (with this account's salt); a quickstart's are known. Without scans,
    prepared pictures are perturbed as far as that can be. Studies that are done are kept in RUN/validation.units (it may be
    removed), so that an interrupted validation goes on.`,
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder' },
    out: { type: 'text', value: 'DIR', help: 'folder for the results (RUN/validation)' },
    scans: { type: 'text', value: 'DIR', help: 'what agelens prepare had as --data' },
    labels: { type: 'text', value: 'FILE', help: 'the label table it had, where that names the subjects' },
    external: {
      type: 'text',
      value: 'DIR',
      help: 'external test set, a folder made by agelens prepare (what agelens evaluate --data has found)',
    },
    data: { type: 'text', value: 'DIR', help: 'where the prepared data lie now (as in the run’s settings)' },
    subjects: {
      type: 'whole',
      value: 'N',
      least: 3,
      help: `patients to draw (${SUBJECTS}; ${QUICK_SUBJECTS} with --quick)`,
    },
    seeds: { type: 'whole', value: 'N', least: 0, help: `other seeds to train with (${SEEDS}; 0 with --quick)` },
    quick: { type: 'switch', help: 'the largest strength of each perturbation, few patients' },
    full: { type: 'switch', help: 'repeat the whole training of a fold, with each seed, instead of its beginning' },
  },
  async run({ options, terminal }) {
    const { run, quick, full } = options;
    if (!run) throw new UsageError('--run DIR is missing');
    const out = options.out ?? path.join(run, 'validation');
    const scans = await scansOf(run, options.scans, terminal);
    const labels = options.labels === undefined ? null : await readLabelFile(options.labels);
    const gpu = await openDevice(terminal);
    try {
      const { signal, note, progress } = terminal;
      const subjects = options.subjects ?? (quick ? QUICK_SUBJECTS : SUBJECTS);
      const seeds = options.seeds ?? (quick ? 0 : SEEDS);
      const [data, external] = [options.data ?? null, options.external ?? null];
      const request = { run, out, data, external, scans, labels, subjects, quick, seeds, full };
      const result = await validateRun(gpu, request, { note, progress, signal });
      printResult(terminal, result);
      terminal.print(`report: ${path.join(out, 'validation.html')}`);
      return result;
    } finally {
      gpu.close();
    }
  },
});

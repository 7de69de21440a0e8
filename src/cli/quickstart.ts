import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { synthesiseCtCohort } from '../synthetic/ct/cohort.node.ts';
import { type Config, parseConfig } from '../train/config.ts';
import { explainRun } from '../train/explain-run.node.ts';
import type { Metrics } from '../train/metrics.ts';
import { writeReport } from '../train/report/from-run.node.ts';
import { evaluateRun } from '../train/results.node.ts';
import { RunFolder } from '../train/run-folder.node.ts';
import { train } from '../train/train.node.ts';
import { UserError } from '../util/errors.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { printMetrics } from './evaluate.ts';
import { prepareCt } from './prepare-ct.ts';
import { duration } from './progress.ts';
import { trainHooks } from './train.ts';

/** The whole demonstration, the same on every adapter; chosen so that two processor cores suffice without a GPU. */
const SUBJECTS = 72;
const EXPLAINED = 3;
const SETTINGS = {
  folds: 3,
  picture: 48,
  train: { epochs: 12, batch: 8, learning_rate: 5e-4, ema: 0.9, validation: 0.15, validate_every: 6, keep: 'last' },
  augment: { shift: 2, intensity: 0.05 },
};

/** By this file a quickstart's folder is known. */
const MARKER = 'quickstart.json';

async function clear(out: string): Promise<void> {
  const names = existsSync(out) ? await readdir(out) : [];
  if (names.length > 0 && !names.includes(MARKER)) {
    throw new UserError(
      `${out}: the folder holds other files (no ${MARKER}), so it is not replaced; give another --out`,
    );
  }
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
}

/** Runs the phases one after another and remembers how long each took. */
class Phases {
  readonly times: [string, number][] = [];

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.times.push([name, Math.round((performance.now() - start) / 100) / 10]);
    return result;
  }
}

async function trainAndExplain(config: Config, out: string, terminal: Terminal, phases: Phases): Promise<Metrics> {
  const gpu = await openDevice(terminal);
  try {
    const run = new RunFolder(out);
    await phases.run('training', () => train(gpu, { config, out, fold: null, resume: false }, trainHooks(terminal)));
    const metrics = await phases.run('evaluation', () => evaluateRun(run));
    const progress = terminal.progress('explaining', EXPLAINED);
    const onProgress = (done: number) => progress.update(done);
    const how = { count: EXPLAINED, group: false, check: false, seed: config.seed, onProgress };
    await phases.run('explanation', () => explainRun(gpu, run, how));
    progress.end(`${EXPLAINED} saliency maps`);
    return metrics;
  } finally {
    gpu.close();
  }
}

async function synthesise(subjects: number, seed: number, out: string, terminal: Terminal): Promise<void> {
  const progress = terminal.progress('synthesising', subjects);
  const onSubject = (done: number) => progress.update(done);
  const { files } = await synthesiseCtCohort({ subjects, seed, out, onSubject, signal: terminal.signal });
  progress.end(`${subjects} subjects, ${files} DICOM files`);
}

export default defineCommand({
  name: 'quickstart',
  summary: 'from generated DICOM files to a trained model and a report',
  details: `Makes a cohort of generated CT series, prepares it from its DICOM files, trains ResNet-18 by patient-wise
    cross-validation, evaluates it out of fold, explains some predictions and writes report.html. Needs no data and no GPU.`,
  options: {
    out: { type: 'text', value: 'DIR', help: 'run folder; an earlier quickstart there is replaced (runs/quickstart)' },
    seed: { type: 'whole', value: 'S', least: 0, help: 'seed of cohort and training (1)' },
    subjects: { type: 'whole', value: 'N', least: 12, help: `number of subjects (${SUBJECTS})` },
  },
  async run({ options, terminal }) {
    const { out = path.join('runs', 'quickstart'), seed = 1, subjects = SUBJECTS } = options;
    await clear(out);
    const phases = new Phases();
    const [cohort, prepared] = [path.join(out, 'cohort'), path.join(out, 'prepared')];
    const run = new RunFolder(out);
    await run.writeJson({ subjects, seed }, MARKER);
    await phases.run('synthesis', () => synthesise(subjects, seed, cohort, terminal));
    const labels = path.join(cohort, 'truth.csv');
    const recipe = { markers: 'band', slab: 10, keepIdentifiers: true } as const;
    await phases.run('preparation', () => prepareCt({ data: cohort, out: prepared, labels, ...recipe }, terminal));
    const config = parseConfig({ ...SETTINGS, seed, data: prepared }, 'quickstart');
    const metrics = await trainAndExplain(config, out, terminal, phases);
    await run.writeJson(phases.times, 'phases.json');
    const report = await writeReport(out);
    printMetrics(terminal, metrics);
    for (const [name, seconds] of phases.times) terminal.print(`${name}: ${duration(seconds)}`);
    terminal.print(`report: ${report}`);
    terminal.print('The bodies are generated: the numbers show that the software learns, and mean nothing medically.');
    return { out, report, metrics, phases: Object.fromEntries(phases.times) };
  },
});

import { synthesiseCtCohort } from '../synthetic/ct/cohort.node.ts';
import { defineCommand } from './command.ts';
import { UsageError } from './parse.ts';

export default defineCommand({
  name: 'synth ct',
  summary: 'make a cohort of generated CT series whose true ages are known',
  details: `Writes a folder of DICOM files a subject, labels.csv (subject, age, sex) and truth.csv (besides: biological age, what the
    best possible predictor would answer, anatomy, examination). The same seed gives the same bytes.`,
  options: {
    subjects: { type: 'whole', value: 'N', least: 1, help: 'number of subjects (100)' },
    seed: { type: 'whole', value: 'S', least: 0, help: 'seed of the cohort (1)' },
    out: { type: 'text', value: 'DIR', help: 'folder to make' },
    matrix: { type: 'whole', value: 'N', least: 32, help: 'rows and columns of a slice' },
  },
  async run({ options, terminal }) {
    const { out, subjects = 100, seed = 1, matrix } = options;
    if (!out) throw new UsageError('--out DIR is missing');
    const progress = terminal.progress('subjects', subjects);
    const cohort = await synthesiseCtCohort({
      subjects,
      seed,
      out,
      ...(matrix === undefined ? {} : { matrix }),
      onSubject: (done) => progress.update(done),
      signal: terminal.signal,
    });
    progress.end(`${cohort.files} files, ${(cohort.bytes / 2 ** 20).toFixed(0)} MiB`);
    terminal.print(`${out}: ${subjects} subjects, ${cohort.files} DICOM files, labels.csv, truth.csv`);
    return { out, subjects, seed, files: cohort.files, bytes: cohort.bytes };
  },
});

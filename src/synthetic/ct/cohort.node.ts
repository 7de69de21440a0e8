/** Writes the synthetic cohort: a folder of DICOM files a subject, labels.csv, truth.csv. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeCsv } from '../../formats/csv.ts';
import { UserError } from '../../util/errors.ts';
import { writeFolder } from '../../util/folder.node.ts';
import { DEFAULT_MATRIX } from './render.ts';
import { ctSeries } from './series.ts';
import { type CtSubject, drawCtSubject } from './subject.ts';
import { LABEL_COLUMNS, labelRow, truthRow } from './truth.ts';

export interface CtCohortOptions {
  subjects: number;
  seed: number;
  /** Folder to make; an earlier cohort there is replaced. */
  out: string;
  /** Rows and columns of a slice (even, 32 to 512). */
  matrix?: number;
  onSubject?(done: number, total: number): void;
  signal?: AbortSignal;
}

export interface CtCohort {
  subjects: CtSubject[];
  files: number;
  bytes: number;
}

/** By this file a cohort's folder is known. */
export const COHORT_MARKER = 'truth.csv';
const MOST_SUBJECTS = 9999;

function check({ subjects, seed, matrix = DEFAULT_MATRIX }: CtCohortOptions): void {
  if (!Number.isInteger(subjects) || subjects < 1 || subjects > MOST_SUBJECTS) {
    throw new UserError(`subjects: ${subjects} is not a whole number from 1 to ${MOST_SUBJECTS}`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) throw new UserError(`seed: ${seed} is not a whole number from 0`);
  if (!Number.isInteger(matrix) || matrix % 2 !== 0 || matrix < 32 || matrix > 512) {
    throw new UserError(`matrix: ${matrix} is not an even number from 32 to 512`);
  }
}

/**
 * Makes the cohort of `seed`. Subject i is the same whatever the number of subjects; the folder appears when all of it is
 * written.
 * @throws UserError for arguments out of range, or when `out` holds anything but an earlier cohort
 */
export async function synthesiseCtCohort(options: CtCohortOptions): Promise<CtCohort> {
  check(options);
  const { subjects: total, seed, out, matrix = DEFAULT_MATRIX, onSubject, signal } = options;
  const subjects = Array.from({ length: total }, (_, index) => drawCtSubject(seed, index));
  return writeFolder(out, COHORT_MARKER, async (folder) => {
    let [files, bytes] = [0, 0];
    for (const [index, subject] of subjects.entries()) {
      const series = path.join(folder, subject.id);
      await mkdir(series);
      for (const file of ctSeries(subject, matrix)) {
        signal?.throwIfAborted();
        await writeFile(path.join(series, file.name), file.bytes);
        files++;
        bytes += file.bytes.length;
      }
      onSubject?.(index + 1, total);
    }
    const truth = subjects.map(truthRow);
    await writeFile(path.join(folder, 'labels.csv'), writeCsv(LABEL_COLUMNS, subjects.map(labelRow)));
    await writeFile(path.join(folder, COHORT_MARKER), writeCsv(Object.keys(truth[0] ?? {}), truth));
    return { subjects, files, bytes };
  });
}

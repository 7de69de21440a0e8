/**
 * Folds by patient, stratified by age and sex.
 *
 * Patients are ordered by sex, then age, and cut into blocks of K neighbours; each block deals its members to the K folds
 * in an order drawn from the seed. So every fold gets one patient of each block: fold sizes differ by one patient at
 * most, ages and sexes are spread alike, and all studies of a patient are in one fold. The result is a function of the
 * table (with the order of its rows) and the seed; the pseudonyms only say which rows belong together.
 */

import { UserError } from '../util/errors.ts';
import { compareTexts } from '../util/order.ts';
import { randomStream } from '../util/random.ts';
import type { Config } from './config.ts';
import type { Subject } from './subjects.ts';

type Row = Pick<Subject, 'subject' | 'age' | 'sex'>;

interface Patient {
  rows: number[];
  /** Mean over the patient's studies. */
  age: number;
  sex: string;
}

function patientsOf(rows: readonly Row[]): Patient[] {
  const patients = new Map<string, Patient>();
  rows.forEach((row, index) => {
    const patient = patients.get(row.subject);
    if (patient) patient.rows.push(index);
    else patients.set(row.subject, { rows: [index], age: 0, sex: row.sex });
  });
  for (const patient of patients.values()) {
    patient.age = patient.rows.reduce((sum, index) => sum + (rows[index] as Row).age, 0) / patient.rows.length;
  }
  return [...patients.values()];
}

function bySexAndAge(a: Patient, b: Patient): number {
  return compareTexts(a.sex, b.sex) || a.age - b.age || (a.rows[0] as number) - (b.rows[0] as number);
}

/**
 * The fold, 0 … count − 1, of every row.
 * @throws UserError when there are fewer patients than folds
 */
export function assignFolds(rows: readonly Row[], count: number, seed: number, purpose = 'folds'): Int32Array {
  const patients = patientsOf(rows).sort(bySexAndAge);
  if (count < 2) throw new UserError(`folds: ${count} is too few; cross-validation needs at least 2`);
  if (patients.length < count) {
    throw new UserError(
      `folds: ${count} folds need at least ${count} patients, but the data hold ${patients.length}; use fewer folds`,
    );
  }
  const folds = new Int32Array(rows.length);
  patients.forEach((patient, position) => {
    const block = Math.floor(position / count);
    const order = randomStream(seed, purpose, count, block).permutation(count);
    for (const row of patient.rows) folds[row] = order[position % count] as number;
  });
  return folds;
}

/** Row numbers of one fold's three parts. No patient is in two of them. */
export interface Split {
  training: number[];
  /** For choosing the checkpoint and fitting the scale of σ; may be empty. */
  validation: number[];
  /** Never seen while the fold's model is made. */
  test: number[];
}

/**
 * The parts of fold `fold` of `count`. Validation patients are about `fraction` of those that are not in the test fold,
 * dealt in the same stratified way.
 */
export function splitFold(
  rows: readonly Row[],
  folds: Int32Array,
  fold: number,
  fraction: number,
  seed: number,
): Split {
  const test: number[] = [];
  const rest: number[] = [];
  for (const [row, each] of folds.entries()) (each === fold ? test : rest).push(row);
  if (fraction <= 0) return { training: rest, validation: [], test };
  const parts = Math.max(2, Math.round(1 / fraction));
  const inner = assignFolds(
    rest.map((row) => rows[row] as Row),
    parts,
    seed,
    `validation of fold ${fold}`,
  );
  return {
    training: rest.filter((_, i) => inner[i] !== 0),
    validation: rest.filter((_, i) => inner[i] === 0),
    test,
  };
}

/** The parts of every fold of a run. */
export function splitAll({ subjects }: { subjects: readonly Row[] }, config: Config): Split[] {
  const folds = assignFolds(subjects, config.folds, config.seed);
  return Array.from({ length: config.folds }, (_, fold) =>
    splitFold(subjects, folds, fold, config.train.validation, config.seed),
  );
}

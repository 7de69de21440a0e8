/** The columns of tables that say whose a picture is: subjects.csv, predictions.csv. */
import type { CsvRow, CsvValue } from '../formats/csv.ts';
import type { Subject, TestSubject, Truth } from './subjects.ts';

/** Columns that only synthetic data have. */
export const TRUTH_COLUMNS = ['biological_age', 'ideal_mean', 'ideal_sigma', 'ideal_absolute_error'] as const;

export function truthOf(row: CsvRow): Truth | null {
  const [biologicalAge, mean, sigma, absoluteError] = TRUTH_COLUMNS.map((column) => row.number(column));
  if (biologicalAge == null || mean == null || sigma == null || absoluteError == null) return null;
  return { biologicalAge, mean, sigma, absoluteError };
}

export function truthCells(truth: Truth | null): Record<(typeof TRUTH_COLUMNS)[number], CsvValue> {
  return {
    biological_age: truth?.biologicalAge ?? null,
    ideal_mean: truth?.mean ?? null,
    ideal_sigma: truth?.sigma ?? null,
    ideal_absolute_error: truth?.absoluteError ?? null,
  };
}

/** Tables of older versions have no columns "scanner" and "contrast": nothing is known then. */
export function testSubjectOf(row: CsvRow): TestSubject {
  const [sex, contrast] = [row.text('sex'), row.text('contrast')];
  return {
    subject: row.requiredText('subject'),
    age: row.number('age'),
    sex: sex === 'F' || sex === 'M' || sex === 'O' ? sex : '',
    scanner: row.text('scanner'),
    contrast: contrast === 'yes' || contrast === 'no' ? contrast : '',
    truth: truthOf(row),
  };
}

/** @throws RefusedError when the age is not given */
export function subjectOf(row: CsvRow): Subject {
  return { ...testSubjectOf(row), age: row.requiredNumber('age') };
}

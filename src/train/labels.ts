/**
 * The user's table of ages. A row belongs to a study by patient ID ("subject") or by file or folder ("path"); a row by
 * path goes ahead, and its "subject" then says which studies are of one patient.
 */
import type { CsvRow, CsvTable } from '../formats/csv.ts';
import { UserError } from '../util/errors.ts';
import type { Subject, Truth } from './subjects.ts';

export interface Label {
  /** Line of the file, for messages. */
  line: number;
  subject: string;
  path: string;
  age: number;
  sex: Subject['sex'];
  truth: Truth | null;
}

/** What a study offers to be matched by. */
export interface StudyKey {
  patientId: string;
  /** Relative to the data folder: the NIfTI file or the DICOM files' folder. */
  name: string;
}

const COLUMNS = {
  subject: ['subject', 'subject_id', 'patient_id', 'patientid', 'id'],
  path: ['path', 'file', 'folder'],
  age: ['age', 'age_years'],
  sex: ['sex', 'gender'],
  biologicalAge: ['biological_age'],
  mean: ['ideal_mean'],
  sigma: ['ideal_sigma'],
  absoluteError: ['ideal_absolute_error'],
} as const;

type Column = keyof typeof COLUMNS;

const OLDEST = 130;

/** "M", "male", "1" … are written in many ways; only what is certain is taken. */
function sexOf(text: string): Subject['sex'] {
  const letter = text.trim().toUpperCase();
  if (letter === 'F' || letter === 'FEMALE') return 'F';
  if (letter === 'M' || letter === 'MALE') return 'M';
  return letter === 'O' || letter === 'OTHER' ? 'O' : '';
}

const withoutEnding = (path: string): string => path.replace(/\.nii(\.gz)?$/i, '');
const normalPath = (path: string): string =>
  withoutEnding(path.trim().replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, ''));
const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export class Labels {
  readonly #rows: readonly Label[];
  readonly #used = new Set<Label>();
  /** Name of the file, for messages. */
  readonly name: string;

  constructor(name: string, rows: readonly Label[]) {
    this.name = name;
    this.#rows = rows;
  }

  /** The row of a study: by path, else by patient ID, else by the name of its file or folder; null when there is none. */
  find({ patientId, name }: StudyKey): Label | null {
    const path = normalPath(name);
    const label =
      this.#rows.find((row) => row.path !== '' && normalPath(row.path) === path) ??
      this.#rows.find(
        (row) =>
          row.path === '' &&
          row.subject !== '' &&
          (patientId === '' ? row.subject === lastPart(path) : row.subject === patientId),
      ) ??
      null;
    if (label) this.#used.add(label);
    return label;
  }

  /** Rows that no study has asked for. */
  unused(): Label[] {
    return this.#rows.filter((row) => !this.#used.has(row));
  }
}

/** The table's title for each column that it has; capitals, spaces and hyphens do not matter. */
function findColumns(name: string, titles: readonly string[]): Partial<Record<Column, string>> {
  const plain = titles.map((title) => title.toLowerCase().replaceAll(/[ -]/g, '_'));
  const found: Partial<Record<Column, string>> = {};
  for (const [column, known] of Object.entries(COLUMNS)) {
    const title = titles[plain.findIndex((each) => (known as readonly string[]).includes(each))];
    if (title !== undefined) found[column as Column] = title;
  }
  const columns = `its columns are ${titles.join(', ')}`;
  if (found.age === undefined) throw new UserError(`${name}: there is no column "age" (years); ${columns}`);
  if (found.subject === undefined && found.path === undefined) {
    throw new UserError(`${name}: there is no column "subject" (patient ID) or "path"; ${columns}`);
  }
  return found;
}

function truthOf(number: (column: Column) => number | null): Truth | null {
  const [biologicalAge, mean, sigma, absoluteError] = (
    ['biologicalAge', 'mean', 'sigma', 'absoluteError'] as const
  ).map(number);
  if (biologicalAge == null || mean == null || sigma == null || absoluteError == null) return null;
  return { biologicalAge, mean, sigma, absoluteError };
}

function labelOf(row: CsvRow, columns: Partial<Record<Column, string>>): Label {
  const text = (column: Column) => row.text(columns[column] ?? '');
  const number = (column: Column) => (columns[column] === undefined ? null : row.number(columns[column]));
  const age = row.requiredNumber(columns.age ?? 'age');
  if (age < 0 || age > OLDEST) row.refuse(`age ${age} is not a number of years from 0 to ${OLDEST}`);
  return {
    line: row.line,
    subject: text('subject'),
    path: text('path'),
    age,
    sex: sexOf(text('sex')),
    truth: truthOf(number),
  };
}

/**
 * Reads the table of ages.
 * @param name of the file, for messages
 * @throws UserError for missing columns, ages that are none, and studies that occur twice
 */
export function readLabels(name: string, { columns, rows }: CsvTable): Labels {
  if (rows.length === 0) throw new UserError(`${name}: the table has no rows`);
  const found = findColumns(name, columns);
  const labels = rows.map((row) => labelOf(row, found));
  checkUnique(name, labels);
  return new Labels(name, labels);
}

function checkUnique(name: string, labels: readonly Label[]): void {
  const seen = new Map<string, Label>();
  for (const label of labels) {
    const kind = label.path === '' ? 'subject' : 'path';
    const key = kind === 'subject' ? `subject ${label.subject}` : `path ${normalPath(label.path)}`;
    const before = seen.get(key);
    if (before)
      throw new UserError(
        `${name}: line ${label.line}: its ${kind} is already in line ${before.line}; give each study one row (column "path" tells studies of a patient apart)`,
      );
    seen.set(key, label);
  }
}

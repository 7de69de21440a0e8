/**
 * The user's table of ages. A row belongs to a study by the UID of the study or series ("uid"), by file or folder ("path"),
 * or by patient ID ("subject"); the first of these that a row has decides, and its "subject" then says which studies are of
 * one patient. Ages are given in years, or as dates of birth and of the study.
 */
import { type CsvRow, type CsvTable, shapeOf } from '../formats/csv.ts';
import { DAYS_A_YEAR, parseDate } from '../formats/dicom/demographics.ts';
import { baseName } from '../formats/source.ts';
import { UserError } from '../util/errors.ts';
import type { Subject, Truth } from './subjects.ts';

export interface Label {
  /** Line of the file, for messages. */
  line: number;
  subject: string;
  uid: string;
  path: string;
  /** Null where the table gives a date of birth instead. */
  age: number | null;
  /** Days since 1970; null where the table does not say. */
  birth: number | null;
  scanned: number | null;
  sex: Subject['sex'];
  truth: Truth | null;
}

/** What a study offers to be matched by. */
export interface StudyKey {
  patientId: string;
  /** Relative to the data folder: the NIfTI file or the DICOM files' folder. */
  name: string;
  /** '' where the files have none. */
  studyUid?: string;
  seriesUid?: string;
}

const COLUMNS = {
  subject: ['subject', 'subject_id', 'patient_id', 'patientid', 'id'],
  uid: ['uid', 'study_uid', 'series_uid', 'studyinstanceuid', 'seriesinstanceuid'],
  path: ['path', 'file', 'folder'],
  age: ['age', 'age_years'],
  birth: ['birth_date', 'date_of_birth', 'birthdate', 'dob'],
  scanned: ['study_date', 'scan_date', 'studydate', 'date'],
  sex: ['sex', 'gender'],
  biologicalAge: ['biological_age'],
  mean: ['ideal_mean'],
  sigma: ['ideal_sigma'],
  absoluteError: ['ideal_absolute_error'],
} as const;

type Column = keyof typeof COLUMNS;

/** In years. */
export const OLDEST = 130;

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

export class Labels {
  readonly #rows: readonly Label[];
  readonly #used = new Set<Label>();
  /** Name of the file, for messages. */
  readonly name: string;

  constructor(name: string, rows: readonly Label[]) {
    this.name = name;
    this.#rows = rows;
  }

  /** The row of a study: by UID, by path, by patient ID, or by the name of its file or folder; null when there is none. */
  find({ patientId, name, studyUid = '', seriesUid = '' }: StudyKey): Label | null {
    const path = normalPath(name);
    const label =
      this.#rows.find((row) => row.uid !== '' && (row.uid === studyUid || row.uid === seriesUid)) ??
      this.#rows.find((row) => row.uid === '' && row.path !== '' && normalPath(row.path) === path) ??
      this.#rows.find(
        (row) =>
          row.uid === '' &&
          row.path === '' &&
          row.subject !== '' &&
          (patientId === '' ? row.subject === baseName(path) : row.subject === patientId),
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
  if (found.age === undefined && found.birth === undefined)
    throw new UserError(`${name}: there is no column "age" (years) or "birth_date"; ${columns}`);
  if (found.subject === undefined && found.path === undefined && found.uid === undefined) {
    throw new UserError(`${name}: there is no column "subject" (patient ID), "path" or "uid"; ${columns}`);
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

/** Days since 1970 of a date; null for an empty cell. Orders of day and month that are not the same everywhere are refused. */
function dateOf(row: CsvRow, text: string): number | null {
  if (text === '') return null;
  const days = parseDate(text.replaceAll('-', ''));
  return days ?? row.refuse(`a date is written ${shapeOf(text)}; write it as 1957-03-28 or 19570328`);
}

/**
 * The age in years that a row gives a study.
 * @param studyDate as in the study's tags, for rows that give a date of birth alone
 * @returns null where a date is missing; a number that no age can be is returned as it is
 */
export function labelAge({ age, birth, scanned }: Label, studyDate: string): number | null {
  const date = scanned ?? parseDate(studyDate);
  return age ?? (birth === null || date === null ? null : (date - birth) / DAYS_A_YEAR);
}

function labelOf(row: CsvRow, columns: Partial<Record<Column, string>>): Label {
  const text = (column: Column) => row.text(columns[column] ?? '');
  const number = (column: Column) => (columns[column] === undefined ? null : row.number(columns[column]));
  const age = number('age');
  const [birth, scanned] = [dateOf(row, text('birth')), dateOf(row, text('scanned'))];
  if (age === null && birth === null)
    row.refuse(columns.birth ? 'neither age nor birth date is given' : 'age is empty');
  const years = age ?? (birth !== null && scanned !== null ? (scanned - birth) / DAYS_A_YEAR : null);
  if (years !== null && (years < 0 || years > OLDEST))
    row.refuse(`age ${Number(years.toFixed(2))} is not a number of years from 0 to ${OLDEST}`);
  return {
    line: row.line,
    subject: text('subject'),
    uid: text('uid'),
    path: text('path'),
    age,
    birth,
    scanned,
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
    const kind = label.uid !== '' ? 'uid' : label.path !== '' ? 'path' : 'subject';
    const key = `${kind} ${kind === 'path' ? normalPath(label.path) : label[kind]}`;
    const before = seen.get(key);
    if (before)
      throw new UserError(
        `${name}: line ${label.line}: its ${kind} is already in line ${before.line}; give each study one row (columns "path" and "uid" tell studies of a patient apart)`,
      );
    seen.set(key, label);
  }
}

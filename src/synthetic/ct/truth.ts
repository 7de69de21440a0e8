/** The cohort's tables: labels as a user would have them, and the ground truth. */
import type { CsvValue } from '../../formats/csv.ts';
import { agePosterior } from './age.ts';
import type { CtSubject } from './subject.ts';

type Row = Record<string, CsvValue>;

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** `trabecularHu` becomes `trabecular_hu`. */
const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const LABEL_COLUMNS = ['subject', 'age', 'sex'] as const;

/** subject (PatientID), age (years at the examination), sex. */
export function labelRow({ id, age, sex }: CtSubject): Record<(typeof LABEL_COLUMNS)[number], CsvValue> {
  return { subject: id, age: rounded(age, 3), sex };
}

/**
 * Labels, then biological age and its deviation at this chronological age, then what the best possible predictor would
 * answer (`ideal_…`: mean, median, deviation and expected absolute error of chronological age given the biological one),
 * then all of the anatomy (`anatomy_…`) and of the examination (`scan_…`).
 */
export function truthRow(subject: CtSubject): Row {
  const { mean, median, sigma, absoluteError } = agePosterior(subject.biologicalAge);
  const { pose, origin, ...scan } = subject.scan;
  const flat: Row = {
    ...Object.fromEntries(
      Object.entries(subject.anatomy).map(([name, value]) => [`anatomy_${snakeCase(name)}`, rounded(value, 4)]),
    ),
    ...Object.fromEntries(
      Object.entries({ ...scan, ...pose, originX: origin[0], originY: origin[1], originZ: origin[2] }).map(
        ([name, value]) => [`scan_${snakeCase(name)}`, typeof value === 'number' ? rounded(value, 4) : value],
      ),
    ),
  };
  return {
    ...labelRow(subject),
    biological_age: rounded(subject.biologicalAge, 3),
    biological_spread: rounded(subject.spread, 4),
    ideal_mean: rounded(mean, 4),
    ideal_median: rounded(median, 4),
    ideal_sigma: rounded(sigma, 4),
    ideal_absolute_error: rounded(absoluteError, 4),
    ...flat,
  };
}

/**
 * Age and sex out of DICOM's tags.
 */
import type { DicomIdentity } from './header.ts';

/** Of the Gregorian calendar, on average. */
export const DAYS_A_YEAR = 365.2425;
const YEARS_PER_UNIT: Readonly<Record<string, number>> = { Y: 1, M: 1 / 12, W: 7 / DAYS_A_YEAR, D: 1 / DAYS_A_YEAR };
/** A whole number of years may be up to one year below the difference of the dates; what is more contradicts it. */
const CONTRADICTION_YEARS = 1.1;
const OLDEST_YEARS = 120;

/** "068Y", "006M", "012W", "003D" in years; null for anything else, "000Y" included, which says that it was removed. */
export function parseAge(text: string): number | null {
  const match = /^(\d{1,3})([YMWD])$/.exec(text.trim().toUpperCase());
  const perUnit = YEARS_PER_UNIT[match?.[2] ?? ''];
  const count = Number(match?.[1] ?? 0);
  return count > 0 && perUnit !== undefined ? count * perUnit : null;
}

/** Days since 1970 of a date "20200131" (or the old form "2020.01.31"); null when there is no such day. */
export function parseDate(text: string): number | null {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text.trim());
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / 86_400_000 : null;
}

/**
 * Age in years on the day of the study: the age tag, else study date − birth date; null when neither is there. Dates
 * that anonymisation replaced (a birth on the day of the study, an age beyond 120) count as absent.
 */
export function patientAge(identity: Pick<DicomIdentity, 'patientAge' | 'birthDate' | 'studyDate'>): {
  age: number | null;
  warnings: string[];
} {
  const stated = parseAge(identity.patientAge);
  const warnings: string[] = [];
  if (identity.patientAge !== '' && stated === null) {
    warnings.push(`patient age "${identity.patientAge}" is no age such as 068Y`);
  }
  const [birth, study] = [parseDate(identity.birthDate), parseDate(identity.studyDate)];
  if (birth === null || study === null) return { age: stated, warnings };
  const computed = (study - birth) / DAYS_A_YEAR;
  if (computed <= 0 || computed > OLDEST_YEARS) {
    if (stated === null) warnings.push(`study date − birth date = ${computed.toFixed(1)} years is not believed`);
    return { age: stated, warnings };
  }
  if (stated !== null && Math.abs(stated - computed) > CONTRADICTION_YEARS) {
    const difference = `study date − birth date = ${computed.toFixed(1)} years`;
    warnings.push(`patient age ${identity.patientAge} contradicts ${difference}; the tag is used`);
  }
  return { age: stated ?? computed, warnings };
}

/** 'M', 'F' or 'O' (other); null when absent or anything else. */
export function patientSex(text: string): 'M' | 'F' | 'O' | null {
  return text === 'M' || text === 'F' || text === 'O' ? text : null;
}

/**
 * Age and sex out of DICOM's tags.
 */
import type { DicomIdentity } from './header.ts';

const DAYS_A_YEAR = 365.2425;
const YEARS_PER_UNIT: Readonly<Record<string, number>> = { Y: 1, M: 1 / 12, W: 7 / DAYS_A_YEAR, D: 1 / DAYS_A_YEAR };
/** A whole number of years may be up to one year below the difference of the dates; what is more contradicts it. */
const CONTRADICTION_YEARS = 1.1;

/** "068Y", "006M", "012W", "003D" in years; null for anything else. */
export function parseAge(text: string): number | null {
  const match = /^(\d{1,3})([YMWD])$/.exec(text.trim().toUpperCase());
  const perUnit = YEARS_PER_UNIT[match?.[2] ?? ''];
  return match && perUnit !== undefined ? Number(match[1]) * perUnit : null;
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

/** Age in years on the day of the study: the age tag, else study date − birth date; null when neither is there. */
export function patientAge(identity: Pick<DicomIdentity, 'patientAge' | 'birthDate' | 'studyDate'>): {
  age: number | null;
  warnings: string[];
} {
  const stated = parseAge(identity.patientAge);
  const [birth, study] = [parseDate(identity.birthDate), parseDate(identity.studyDate)];
  const computed = birth === null || study === null || study < birth ? null : (study - birth) / DAYS_A_YEAR;
  const warnings: string[] = [];
  if (identity.patientAge !== '' && stated === null)
    warnings.push(`patient age "${identity.patientAge}" is not of the form 068Y`);
  if (stated !== null && computed !== null && Math.abs(stated - computed) > CONTRADICTION_YEARS) {
    warnings.push(
      `patient age ${identity.patientAge} contradicts study date − birth date = ${computed.toFixed(1)} years; the tag is used`,
    );
  }
  return { age: stated ?? computed, warnings };
}

/** 'M', 'F' or 'O' (other); null when absent or anything else. */
export function patientSex(text: string): 'M' | 'F' | 'O' | null {
  return text === 'M' || text === 'F' || text === 'O' ? text : null;
}

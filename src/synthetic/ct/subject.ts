/** One person of the synthetic cohort: ages, anatomy, examination. A function of (seed, index) alone. */
import { type RandomStream, randomStream } from '../../util/random.ts';
import { biologicalSpread, drawBiologicalAge, OLDEST, YOUNGEST } from './age.ts';
import { type Anatomy, drawAnatomy, type Sex } from './anatomy.ts';
import { drawScan, type Scan } from './scan.ts';

export interface CtSubject {
  seed: number;
  /** Counted from 0. */
  index: number;
  /** PatientID: ct-0001 …; in cohorts of other seeds than 1 ct-SEED-0001 …, because they are other people. */
  id: string;
  sex: Sex;
  /** Whole days between birth and examination. */
  ageDays: number;
  /** Chronological age, years. */
  age: number;
  /** Years; the anatomy is that of this age. */
  biologicalAge: number;
  /** Deviation of biological age at this chronological age, years. */
  spread: number;
  anatomy: Anatomy;
  scan: Scan;
}

export const DAYS_PER_YEAR = 365.25;
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/** A random stream that belongs to one purpose of one subject. */
export function subjectStream(seed: number, index: number, purpose: string): RandomStream {
  return randomStream(seed, 'synthetic ct', index, purpose);
}

/**
 * Chronological age in days. Steps of the golden ratio from a random start spread the ages of the first N subjects evenly
 * over 20 … 85 years for every N, so that small cohorts miss no decade.
 */
function drawAgeDays(seed: number, index: number): number {
  const start = randomStream(seed, 'synthetic ct', 'ages').uniform();
  const share = (start + index * GOLDEN_RATIO) % 1;
  return Math.round((YOUNGEST + share * (OLDEST - YOUNGEST)) * DAYS_PER_YEAR);
}

/**
 * Draws subject `index` of the cohort of `seed`; the same whatever the size of the cohort.
 * @throws RangeError when seed or index is not a whole number from 0
 */
export function drawCtSubject(seed: number, index: number): CtSubject {
  for (const [name, value] of [
    ['seed', seed],
    ['index', index],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`synthetic CT: ${name} ${value} is not a whole number from 0`);
  }
  const ageDays = drawAgeDays(seed, index);
  const age = ageDays / DAYS_PER_YEAR;
  const person = subjectStream(seed, index, 'person');
  const sex: Sex = person.uniform() < 0.5 ? 'F' : 'M';
  const biologicalAge = drawBiologicalAge(age, person);
  return {
    seed,
    index,
    id: `ct-${seed === 1 ? '' : `${seed}-`}${String(index + 1).padStart(4, '0')}`,
    sex,
    ageDays,
    age,
    biologicalAge,
    spread: biologicalSpread(age),
    anatomy: drawAnatomy(biologicalAge, sex, subjectStream(seed, index, 'anatomy')),
    scan: drawScan(subjectStream(seed, index, 'scan')),
  };
}

/** Who is in a cohort, in the words of a paper's first table. */
import { compareTexts } from '../../util/order.ts';
import { mean, standardDeviation } from '../metrics/moments.ts';
import type { Measured } from '../metrics.ts';

export interface Description {
  pictures: number;
  patients: number;
  /** Years. */
  age: { mean: number; deviation: number; least: number; greatest: number };
  /** Pictures by sex, scanner and contrast agent; "unknown" last. */
  sex: Share[];
  scanner: Share[];
  contrast: Share[];
}

export interface Share {
  name: string;
  pictures: number;
}

const UNKNOWN = 'unknown';
const SEXES: Record<string, string> = { F: 'female', M: 'male', O: 'other' };

/** How many pictures have each value; an empty one is "unknown". */
function sharesOf(values: readonly string[]): Share[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value || UNKNOWN, (counts.get(value || UNKNOWN) ?? 0) + 1);
  return [...counts]
    .map(([name, pictures]) => ({ name, pictures }))
    .sort((a, b) => Number(a.name === UNKNOWN) - Number(b.name === UNKNOWN) || compareTexts(a.name, b.name));
}

type Member = Pick<Measured, 'subject' | 'age' | 'sex' | 'scanner' | 'contrast'>;

/** At least one picture. */
export function describe(predictions: readonly Member[]): Description {
  const ages = predictions.map(({ age }) => age);
  return {
    pictures: predictions.length,
    patients: new Set(predictions.map(({ subject }) => subject)).size,
    age: {
      mean: mean(ages),
      deviation: standardDeviation(ages),
      least: Math.min(...ages),
      greatest: Math.max(...ages),
    },
    sex: sharesOf(predictions.map(({ sex }) => SEXES[sex] ?? sex)),
    scanner: sharesOf(predictions.map(({ scanner }) => scanner)),
    contrast: sharesOf(predictions.map(({ contrast }) => contrast)),
  };
}

/** How numbers are written in a report: with a true minus sign, and a dash where there is none. */
import type { Estimate } from '../metrics.ts';

const NONE = '–';

export function fixed(value: number | null | undefined, digits = 1): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  // A negative number that rounds to zero has no sign.
  return value
    .toFixed(digits)
    .replace(/^-(?=0\.?0*$)/, '')
    .replace('-', '−');
}

export const percent = (share: number | null | undefined, digits = 0): string =>
  share == null || !Number.isFinite(share) ? NONE : `${fixed(share * 100, digits)} %`;

type Interval = Pick<Estimate, 'low' | 'high'>;

/** Whether the resamples differ at all: those of a single patient, or of a share of 0 or 1, do not. */
export const isKnown = ({ low, high }: Interval): boolean =>
  Number.isFinite(low) && Number.isFinite(high) && low < high;

/** "3.5 to 5.1"; a dash where there is no interval. */
export const range = (interval: Interval, digits = 1): string =>
  isKnown(interval) ? `${fixed(interval.low, digits)} to ${fixed(interval.high, digits)}` : NONE;

/** "54 to 88 %". */
export const percentRange = (interval: Interval, digits = 0): string =>
  isKnown(interval) ? `${fixed(interval.low * 100, digits)} to ${percent(interval.high, digits)}` : NONE;

/** "4.2 (3.5 to 5.1)". */
export const withInterval = (estimate: Estimate, digits = 1): string =>
  `${fixed(estimate.value, digits)} (${range(estimate, digits)})`;

/** "13 pictures", "1 picture". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** "a, b and c". */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** A number as it was set: as short as it can be, small ones as 5 · 10⁻⁴. */
export function setting(value: number): string {
  const magnitude = Math.abs(value);
  if (value === 0 || (magnitude >= 0.001 && magnitude < 1e6)) return String(value).replace('-', '−');
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const raised = [...String(Number(exponent))].map((each) => SUPERSCRIPT[each] ?? each).join('');
  return digits === '1' ? `10${raised}` : `${digits.replace('-', '−')} · 10${raised}`;
}

const SUPERSCRIPT: Record<string, string> = Object.fromEntries(
  [...'0123456789-'].map((sign, i) => [sign, '⁰¹²³⁴⁵⁶⁷⁸⁹⁻'[i] ?? '']),
);

import { setting } from '../report/numbers.ts';

/** "−10°", "20 mm"; "yes" for what has no strength. */
export function strengthText(strength: number, unit: string): string {
  if (unit === '') return 'yes';
  return `${setting(strength)}${unit === '°' ? '' : ' '}${unit}`;
}

/**
 * How an image was made, out of DICOM's tags.
 */
import type { DicomIdentity } from './header.ts';

/** Longer texts are no names of machines; LO, the tags' kind, holds 64 characters. */
const LONGEST = 64;

const tidy = (text: string): string =>
  text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);

/** Manufacturer and model, "GE MEDICAL SYSTEMS LightSpeed16"; '' where the tags say nothing. */
export function scannerName({ manufacturer, model }: Pick<DicomIdentity, 'manufacturer' | 'model'>): string {
  return tidy(`${tidy(manufacturer)} ${tidy(model)}`);
}

/** Whether a contrast agent was given. What is not said is not known: null, since anonymisation takes the tag away. */
export function contrastGiven(agent: string): boolean | null {
  const text = tidy(agent);
  if (text === '') return null;
  return !/^(no|none|nil|without|native|unenhanced)\b|^0$/i.test(text);
}

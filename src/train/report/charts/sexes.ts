/** How the sexes are told apart in charts: by shape and filling as well as by colour. */
import type { LegendEntry } from '../legend.ts';
import type { Shape } from '../svg.ts';
import type { Drawn } from './drawn.ts';

type Kind = 'F' | 'M' | 'unknown';

const MARKS: Record<Kind, { shape: Shape; className: string; name: string }> = {
  F: { shape: 'circle', className: 'point female', name: 'female' },
  M: { shape: 'square', className: 'point male', name: 'male' },
  unknown: { shape: 'triangle', className: 'point unknown', name: 'sex not known or other' },
};

const kindOf = ({ sex }: Pick<Drawn, 'sex'>): Kind => (sex === 'F' || sex === 'M' ? sex : 'unknown');

export const sexMark = (prediction: Pick<Drawn, 'sex'>) => MARKS[kindOf(prediction)];

/** Entries for the sexes that occur. */
export function sexLegend(predictions: readonly Drawn[]): LegendEntry[] {
  const present = new Set(predictions.map(kindOf));
  return (['F', 'M', 'unknown'] as const).filter((kind) => present.has(kind)).map((kind) => MARKS[kind]);
}

import type { Measured } from '../../metrics.ts';

/** What charts need of a prediction. */
export type Drawn = Pick<Measured, 'subject' | 'age' | 'sex' | 'mean' | 'sigma'>;

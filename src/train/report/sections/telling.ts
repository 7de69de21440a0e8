import type { Config } from '../../config.ts';
import type { ReportData } from '../data.ts';
import type { Markup } from '../html.ts';
import type { References, Work } from '../references.ts';
import { Told } from '../told.ts';

/** What the sentences of the methods are made from. */
export interface Telling {
  data: ReportData;
  cite: (...works: Work[]) => Markup;
  run: Told<Omit<Config, 'model' | 'train' | 'augment'>>;
  model: Told<Config['model']>;
  train: Told<Config['train']>;
  augment: Told<Config['augment']>;
  /** Settings without a sentence. */
  rest(): string[];
}

export function tellingOf(data: ReportData, references: References): Telling {
  const { model, train, augment, ...run } = data.config;
  const groups = { run: new Told(run), model: new Told(model), train: new Told(train), augment: new Told(augment) };
  // A folder says nothing about the data; their hashes do.
  groups.run.take('data');
  return {
    data,
    cite: (...works) => references.cite(...works),
    ...groups,
    rest: () => Object.values(groups).flatMap((group) => group.rest()),
  };
}

/** Generalisation: the run's models on patients from elsewhere, beside what they do on patients left out of their training. */
import path from 'node:path';
import { evaluateExternal, readExternalOf } from '../external.node.ts';
import { Bootstrap } from '../metrics/bootstrap.ts';
import { weightedMean } from '../metrics/weighted.ts';
import type { Given } from './given.node.ts';
import type { GeneralisationSection } from './results.ts';

/** On the test set that is given, or on the one that the run was evaluated on before; null where there is neither. */
export async function measureGeneralisation(given: Given): Promise<GeneralisationSection | null> {
  const { gpu, run, config, predictions, options, hooks } = given;
  const result = options.external
    ? await evaluateExternal(gpu, run, options.external, path.join(options.out, 'external'), {
        onModel: () => undefined,
        note: hooks.note,
        signal: hooks.signal,
      })
    : await readExternalOf(run);
  if (!result) return null;
  const error = Float64Array.from(predictions, ({ age, mean }) => Math.abs(mean - age));
  const subjects = predictions.map(({ subject }) => subject);
  const { mae } = new Bootstrap(subjects, config.seed).estimate((weights) => ({ mae: weightedMean(error, weights) }));
  const { pictures, patients, known_ages, excluded, models } = result.metrics;
  return { pictures, patients, known_ages, excluded, models, mae_out_of_fold: mae };
}

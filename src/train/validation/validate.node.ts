/** The technical validation of a finished run, in one folder: validation.json, robustness.csv, validation.html. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeCsv } from '../../formats/csv.ts';
import type { Gpu } from '../../gpu/index.ts';
import { VERSION } from '../../util/version.ts';
import { environmentOf } from '../environment.node.ts';
import { RunFolder } from '../run-folder.node.ts';
import { openGiven, type ValidateHooks, type ValidateOptions } from './given.node.ts';
import { measureGeneralisation } from './measure-generalisation.node.ts';
import { type MeasuredRobustness, measureRobustness } from './measure-robustness.node.ts';
import { measureTraining } from './measure-training.node.ts';
import { OutOfFold } from './out-of-fold.ts';
import { renderValidation } from './report.ts';
import { predictAgain } from './reproducibility.node.ts';
import type { Validation } from './results.ts';
import { CRITERIA } from './robustness.ts';

const COLUMNS = ['subject', 'row', 'fold', 'age', 'perturbation', 'strength', 'mean', 'sigma', 'refused'] as const;

/** Every study under every condition, a line each; that without perturbation is called "none". */
function studiesCsv({ conditions, studies }: MeasuredRobustness): string {
  const rows = studies.flatMap(({ subject, row, fold, age, unperturbed, outcomes }) => {
    const study = { subject, row, fold, age };
    const none = { ...study, perturbation: 'none', strength: 0, ...unperturbed, refused: null };
    return [
      { ...none },
      ...outcomes.map((outcome, i) => {
        const { perturbation, strength } = conditions[i] as (typeof conditions)[number];
        return { ...study, perturbation: perturbation.name, strength, ...outcome };
      }),
    ];
  });
  return writeCsv(COLUMNS, rows);
}

/**
 * Validates a finished run and writes the results.
 * @throws UserError when the run is not finished, or data or scans are not there
 */
export async function validateRun(gpu: Gpu, options: ValidateOptions, hooks: ValidateHooks): Promise<Validation> {
  const given = await openGiven(gpu, options, hooks);
  const { run, config, model, dataset } = given;
  const networks = new OutOfFold(gpu, model);
  try {
    const predictions = await predictAgain(networks, dataset, run, config);
    const measured = await measureRobustness(given, networks);
    const training = await measureTraining(given);
    const generalisation = await measureGeneralisation(given);
    const result: Validation = {
      agelens: VERSION,
      run: path.basename(path.resolve(options.run)),
      synthetic: model.synthetic,
      seed: config.seed,
      environment: environmentOf(gpu),
      criteria: CRITERIA,
      robustness: measured.section,
      reproducibility: { predictions, preparation: measured.preparation, ...training },
      generalisation,
    };
    await mkdir(options.out, { recursive: true });
    const out = new RunFolder(options.out);
    await out.writeText(studiesCsv(measured), 'robustness.csv');
    await out.writeText(renderValidation(result), 'validation.html');
    await out.writeJson(result, 'validation.json');
    return result;
  } finally {
    networks.release();
  }
}

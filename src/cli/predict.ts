import path from 'node:path';
import { FileNaming } from '../formats/naming.ts';
import type { Study } from '../formats/studies.ts';
import type { Gpu } from '../gpu/index.ts';
import type { AgePrediction } from '../train/ensemble.ts';
import { readModelFile } from '../train/model-file.node.ts';
import { noticeOf, Predictor, type PreparedPicture } from '../train/predict.ts';
import { UserError } from '../util/errors.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { KEEP_IDENTIFIERS, noteRefusals, nothingUsable, readInput } from './inputs.ts';
import { UsageError } from './parse.ts';

/** One volume with the argument it came from. */
export interface Item {
  /** As given on the command line, or "input 2" where names are not kept. */
  file: string;
  /** Number of the study within the argument, from 1. */
  study: number;
  prepared: PreparedPicture;
  warnings: string[];
}

/** Volumes of all arguments, prepared one after another. A study that cannot be used ends the work with its cause. */
export async function* preparedItems(
  files: readonly string[],
  keepIdentifiers: boolean,
  predictor: Predictor,
  terminal: Terminal,
): AsyncGenerator<Item> {
  for (const [index, path] of files.entries()) {
    const file = keepIdentifiers ? path : `input ${index + 1}`;
    try {
      for await (const { place, ...item } of itemsAt(path, keepIdentifiers, predictor, terminal))
        yield { file: place === '' ? file : `${file}, ${place}`, ...item };
    } catch (error) {
      throw error instanceof UserError ? new UserError(`${file}: ${error.message}`) : error;
    }
  }
}

async function* itemsAt(
  path: string,
  keepIdentifiers: boolean,
  predictor: Predictor,
  terminal: Terminal,
): AsyncGenerator<Omit<Item, 'file'> & { place: string }> {
  const found = await readInput(path, terminal);
  if (found.studies.length === 0) throw nothingUsable(found, keepIdentifiers);
  const naming = new FileNaming(found, keepIdentifiers);
  noteRefusals(terminal, naming, found.refused);
  for (const [index, study] of found.studies.entries()) {
    const prepared = await prepareStudy(study, predictor, naming);
    const warnings = [...study.warnings, ...prepared.warnings].map((warning) => naming.text(warning, study));
    // Of several studies each is told apart.
    const place = found.studies.length === 1 ? '' : keepIdentifiers ? study.name : `study ${index + 1}`;
    yield { study: index + 1, place, prepared, warnings };
  }
}

async function prepareStudy(study: Study, predictor: Predictor, naming: FileNaming): Promise<PreparedPicture> {
  try {
    return await predictor.picture(await study.load());
  } catch (error) {
    throw naming.error(error, study);
  }
}

/** Opens the model of a run (or a model file) on a device, and closes both afterwards. */
export async function withPredictor<T>(
  run: string | undefined,
  terminal: Terminal,
  work: (predictor: Predictor, gpu: Gpu) => Promise<T>,
): Promise<T> {
  if (!run) throw new UsageError('--run DIR is missing');
  const model = await readModelFile(run.endsWith('.safetensors') ? run : path.join(run, 'model.safetensors'));
  const gpu = await openDevice(terminal);
  try {
    return await work(new Predictor(gpu, model), gpu);
  } finally {
    gpu.close();
  }
}

/** "aleatoric 4.9, epistemic 2.0". */
function partsText({ aleatoric, epistemic }: AgePrediction): string {
  return `aleatoric ${aleatoric.toFixed(1)}, epistemic ${epistemic.toFixed(1)}`;
}

/** "61.2 ± 5.3 years". */
export function ageText({ age, sigma }: Pick<AgePrediction, 'age' | 'sigma'>): string {
  return `${age.toFixed(1)} ± ${sigma.toFixed(1)} years`;
}

export default defineCommand({
  name: 'predict',
  summary: 'predict ages with a trained run',
  usage: 'FILE|DIR…',
  operands: { least: 1, most: Number.MAX_SAFE_INTEGER },
  details: `Each argument is a NIfTI file, or a DICOM file or folder. The networks of all folds vote: the age is the mean of their means, σ²
    the mean of their variances (aleatoric) plus the variance of their means (epistemic).`,
  options: {
    run: { type: 'text', value: 'DIR', help: 'run folder, or its model.safetensors' },
    'keep-identifiers': KEEP_IDENTIFIERS,
  },
  async run({ options, files, terminal }) {
    return withPredictor(options.run, terminal, async (predictor) => {
      const notice = noticeOf(predictor.model);
      const predictions = [];
      for await (const { file, study, prepared, warnings } of preparedItems(
        files,
        options['keep-identifiers'],
        predictor,
        terminal,
      )) {
        terminal.signal.throwIfAborted();
        const prediction = await predictor.predict(prepared);
        for (const warning of warnings) terminal.note(`warning: ${warning}`);
        terminal.print(`${file}: ${ageText(prediction)} (${partsText(prediction)})`);
        predictions.push({ file, study, ...prediction, warnings });
      }
      terminal.print(notice);
      return { notice, predictions };
    });
  },
});

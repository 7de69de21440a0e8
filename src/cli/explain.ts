import type { Gpu } from '../gpu/index.ts';
import { Explainer } from '../train/explain.node.ts';
import type { CheckSummary, StudyExplanation } from '../train/explain-file.ts';
import { explainRun } from '../train/explain-run.node.ts';
import type { Predictor } from '../train/predict.ts';
import { RunFolder } from '../train/run-folder.node.ts';
import { SALIENCY_METHODS } from '../train/saliency.ts';
import { defineCommand, type OptionValues, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { columns } from './help.ts';
import { KEEP_IDENTIFIERS } from './inputs.ts';
import { UsageError } from './parse.ts';
import { ageText, preparedItems, withPredictor } from './predict.ts';

/** Predictions of a run that are explained, unless told. */
const COUNT = 8;

const OPTIONS = {
  run: { type: 'text', value: 'DIR', help: 'run folder; with FILES also its model.safetensors' },
  out: { type: 'text', value: 'DIR', help: "folder for the files (without FILES: explanations in the run's)" },
  count: {
    type: 'whole',
    value: 'N',
    least: 1,
    help: `without FILES: how many predictions, spread over the ages (${COUNT})`,
  },
  method: {
    type: 'text',
    choices: SALIENCY_METHODS,
    value: 'NAME',
    help: 'score-cam (the default), grad-cam or grad-cam++',
  },
  recipe: {
    type: 'text',
    choices: ['wang2020', 'kerber2023'],
    value: 'NAME',
    help: 'of Score-CAM: wang2020 (the default) or kerber2023',
  },
  layer: {
    type: 'text',
    value: 'NAME',
    help: 'whose features are shown (layer3; layer2 for pictures below 96 × 96)',
  },
  fold: { type: 'whole', value: 'K', least: 0, help: 'with FILES: whose network is explained (the first)' },
  group: { type: 'switch', help: 'without FILES: explain all predictions, for mean maps by age band and sex' },
  check: { type: 'switch', help: 'also check each map: deletion and insertion curves, randomised weights' },
  'keep-identifiers': KEEP_IDENTIFIERS,
  seed: { type: 'whole', value: 'S', least: 0, help: "of the checks' random orders and weights (1)" },
} as const;

type Options = OptionValues<typeof OPTIONS>;

const howOf = ({ method, recipe, layer, check, seed = 1 }: Options) => ({ method, recipe, layer, check, seed });

function checkUsage({ run, out, fold, count, group, method, recipe }: Options, files: readonly string[]): void {
  if (!run) throw new UsageError('--run DIR is missing');
  if (recipe && method && method !== 'score-cam') throw new UsageError('--recipe belongs to --method score-cam');
  if (files.length > 0 && !out) throw new UsageError('--out DIR is missing');
  if (files.length > 0 && (count !== undefined || group))
    throw new UsageError(`--${group ? 'group' : 'count'} goes without FILES`);
  if (files.length === 0 && fold !== undefined)
    throw new UsageError('--fold goes with FILES; out of fold each prediction has its own network');
}

/** The checks' figures, as lines. */
function printChecks(terminal: Terminal, check: CheckSummary): void {
  const { curves, randomised, subjects, deletion_better, insertion_better, threshold, map_changes } = check;
  const { areas } = curves;
  const years = (value: number) => `${value.toFixed(2)} years`;
  const share = (value: number) => `${Math.round(value * subjects)} of ${subjects}`;
  terminal.print(
    columns(
      [
        [
          'deletion',
          `area ${years(areas.deletion)}, random orders ${years(areas.random_deletion)}; larger in ${share(deletion_better)}`,
        ],
        [
          'insertion',
          `area ${years(areas.insertion)}, random orders ${years(areas.random_insertion)}; smaller in ${share(insertion_better)}`,
        ],
        ...randomised.map(({ part, spearman, ssim }): [string, string] => [
          `untrained to ${part}`,
          `Spearman ${spearman === null ? 'undefined' : spearman.toFixed(2)}, SSIM ${ssim.toFixed(2)}`,
        ]),
        [
          'the map',
          map_changes
            ? `changes with what the network has learned (Spearman below ${threshold} at the end)`
            : `hardly changes without what the network has learned (Spearman ${threshold} or more): it shows the picture`,
        ],
      ],
      120,
    ),
  );
}

/** Explains what the networks say of files that they were not trained on. */
async function explainFiles(gpu: Gpu, predictor: Predictor, options: Options, files: string[], terminal: Terminal) {
  const { out = '' } = options;
  const folds = predictor.model.members.map((member) => member.fold);
  const { fold = folds[0] as number } = options;
  if (!folds.includes(fold)) throw new UsageError(`--fold ${fold}: the model has folds ${folds.join(', ')}`);
  const folder = new RunFolder(out);
  const explainer = new Explainer(gpu, predictor, folder, howOf(options));
  const entries: StudyExplanation[] = [];
  const explanations = [];
  for await (const { file, study, prepared, warnings } of preparedItems(
    files,
    options['keep-identifiers'],
    predictor,
    terminal,
  )) {
    terminal.signal.throwIfAborted();
    const { age, sigma } = await predictor.predict(prepared);
    const number = entries.length + 1;
    const explained = { name: `study-${number}`, fold, row: number, prepared };
    const made = await explainer.write(explained, await explainer.map(explained));
    for (const warning of warnings) terminal.note(`warning: ${warning}`);
    terminal.print(`${file}: ${ageText({ age, sigma })}, ${folder.file(made.overlay)}`);
    entries.push({ study: number, fold, mean: age, sigma, ...made });
    explanations.push({ file, study, age, sigma, ...made, warnings });
  }
  const { notice, check } = await explainer.finish(entries);
  if (check) printChecks(terminal, check);
  terminal.print(notice);
  return { notice, out, explanations, check };
}

/** Explains the run's own predictions out of fold. */
async function explainOutOfFold(gpu: Gpu, run: RunFolder, options: Options, terminal: Terminal) {
  const { out, count = COUNT, group } = options;
  const { signal } = terminal;
  const predictions = (await run.readPredictions()).length;
  const progress = terminal.progress('explaining', group ? predictions : Math.min(count, predictions));
  const onProgress = (done: number) => progress.update(done);
  const made = await explainRun(gpu, run, { ...howOf(options), out, count, group, signal, onProgress });
  progress.end(`${group ? predictions : made.subjects.length} of ${predictions} predictions`);
  for (const { subject, age, mean, sigma, overlay } of made.subjects)
    terminal.print(`${subject}: ${age.toFixed(1)} years, predicted ${ageText({ age: mean, sigma })}, ${overlay}`);
  for (const { age_from, age_to, sex, pictures, overlay } of made.groups?.groups ?? [])
    terminal.print(`${age_from} to ${age_to - 1} years${sex ? `, ${sex}` : ''}: mean of ${pictures}, ${overlay}`);
  if (made.check) printChecks(terminal, made.check);
  terminal.print(`written to ${out ?? run.file('explanations')}`);
  terminal.print(made.notice);
  return made;
}

export default defineCommand({
  name: 'explain',
  summary: 'show where a trained run sees the age (Score-CAM, Grad-CAM, Grad-CAM++)',
  usage: '[FILE|DIR…]',
  operands: { least: 0, most: Number.MAX_SAFE_INTEGER },
  details: `Writes three files for each study: the picture the network saw, the same with the map laid over it (head up, the patient's
    right and the front on the left; lines at a quarter, half and three quarters, the higher the wider), and the raw map as .npy
    (float32, numpy.load); and explain.json, which lists them.

    Without FILES predictions of the run itself are explained, each by the network that never saw the patient. The run's
    prepared data must be where its config.yaml says.

    --group explains every prediction and writes the mean map of each band of ten years, of all and by sex, over their mean
    picture, and groups.npz with the same as arrays. The overlays share one scale.

    --check measures each map. Deletion and insertion (Petsiuk et al. 2018): how many years the prediction moves from that of the
    whole picture as pixels become 0, or are all that is left, in the map's order, against maps of random values as coarse as the
    layer's features; a good map has the larger area in deletion and the smaller in insertion. Randomised weights (Adebayo et al.
    2018): the network loses what it has learned from its output to its input, and its map must change.

    Score-CAM's recipe wang2020 weighs a map by how far the picture seen through it lies above an empty one, kerber2023 by the age
    that is seen through it.`,
  options: OPTIONS,
  async run({ options, files, terminal }) {
    checkUsage(options, files);
    if (files.length > 0)
      return withPredictor(options.run, terminal, (predictor, gpu) =>
        explainFiles(gpu, predictor, options, files, terminal),
      );
    const run = new RunFolder(options.run ?? '');
    await run.readConfig();
    const gpu = await openDevice(terminal);
    try {
      return await explainOutOfFold(gpu, run, options, terminal);
    } finally {
      gpu.close();
    }
  },
});

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { writeFileAtomically } from '../formats/files.node.ts';
import { writePng } from '../formats/png.ts';
import { augmentationSheet } from '../train/augmentation-sheet.ts';
import { stepsPerEpoch } from '../train/batches.ts';
import { type Config, configYaml, parseConfig, parseYaml, withSetting, withValue } from '../train/config.ts';
import { loadDataset } from '../train/dataset.node.ts';
import { type Split, splitAll } from '../train/folds.ts';
import { AGE_NETWORKS } from '../train/network.ts';
import { evaluateRun } from '../train/results.node.ts';
import type { FoldFacts } from '../train/run-folder.node.ts';
import { type TrainHooks, train } from '../train/train.node.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { defineCommand, type OptionValues, type Terminal } from './command.ts';
import { openDevice } from './device.ts';
import { printMetrics } from './evaluate.ts';
import { FoldView } from './fold-view.ts';
import { Interrupted } from './interrupt.ts';
import { UsageError } from './parse.ts';
import { StepProfile } from './step-profile.ts';

const OPTIONS = {
  config: { type: 'text', value: 'FILE', help: 'settings as YAML; a run folder keeps its own as config.yaml' },
  data: { type: 'text', value: 'DIR', help: 'folder made by agelens prepare (prepared)' },
  out: { type: 'text', value: 'DIR', help: 'run folder (the next free runs/run-N)' },
  folds: { type: 'whole', value: 'N', least: 2, help: 'number of folds (5)' },
  fold: { type: 'whole', value: 'K', least: 0, help: 'train only this fold, counted from 0' },
  seed: { type: 'whole', value: 'S', least: 0, help: 'seed of everything random (1)' },
  epochs: { type: 'whole', value: 'N', least: 1, help: 'passes over the training pictures (30)' },
  batch: { type: 'whole', value: 'N', least: 2, help: 'pictures a step (16)' },
  'learning-rate': { type: 'number', value: 'X', help: 'peak learning rate (0.001)' },
  network: { type: 'text', value: 'NAME', help: 'the network (resnet18)' },
  weights: {
    type: 'text',
    value: 'FILE',
    help: 'start from these weights, e.g. of ImageNet: PyTorch, safetensors, npz (random ones)',
  },
  'from-run': { type: 'text', value: 'DIR', help: 'fine-tune: fold K starts from the network of fold K of that run' },
  picture: { type: 'whole', value: 'N', least: 32, help: 'side in pixels the pictures are averaged down to (224)' },
  set: {
    type: 'list',
    value: 'KEY=VALUE',
    help: 'any setting, e.g. train.weight_decay=0.01; may be given several times',
  },
  profile: {
    type: 'switch',
    help: 'time every kernel of ten steps: a table, and profile.json in the run folder, which opens in Perfetto',
  },
  resume: {
    type: 'switch',
    help: 'go on with the run in --out; begin it where there is none yet and --data or --config says with what',
  },
  'print-config': { type: 'switch', help: 'print all settings as YAML and do nothing else' },
  'detect-anomaly': {
    type: 'switch',
    help: 'stop at the first NaN or infinity and name the operation that made it; slower, same results',
  },
  'preview-augmentation': {
    type: 'text',
    value: 'FILE.png',
    help: 'write a sheet of training pictures, as they are and as seven epochs show them, and end',
  },
  'dry-run': { type: 'switch', help: 'check settings and data, show the plan, write nothing' },
  'fast-dev-run': { type: 'switch', help: 'a minute-long run through everything, kept nowhere' },
} as const;

type Options = OptionValues<typeof OPTIONS>;

async function fileSettings(options: Options): Promise<unknown> {
  const resumed = options.resume && options.out ? path.join(options.out, 'config.yaml') : undefined;
  const file = options.config ?? (resumed && existsSync(resumed) ? resumed : undefined);
  if (options.resume && !file && !options.data)
    throw new UserError(
      `${options.out ?? '--resume'}: there is no run to go on with (no config.yaml); give its folder with --out, or --data to begin one`,
    );
  if (!file) return {};
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new UserError(`${file}: cannot be read (${messageOf(error)})`);
  });
  return parseYaml(text, file) ?? {};
}

async function settings(options: Options): Promise<Config> {
  let tree = await fileSettings(options);
  const direct: [string[], unknown][] = [
    [['data'], options.data],
    [['folds'], options.folds],
    [['seed'], options.seed],
    [['picture'], options.picture],
    [['model', 'name'], options.network],
    [['model', 'weights'], options.weights],
    [['model', 'from_run'], options['from-run']],
    [['train', 'epochs'], options.epochs],
    [['train', 'batch'], options.batch],
    [['train', 'learning_rate'], options['learning-rate']],
  ];
  for (const [key, value] of direct) if (value !== undefined) tree = withValue(tree, key, value);
  for (const assignment of options.set) tree = withSetting(tree, assignment);
  const config = parseConfig(tree, options.config ?? 'settings');
  if (options.fold !== undefined && options.fold >= config.folds)
    throw new UsageError(`--fold ${options.fold}: folds are counted from 0 to ${config.folds - 1}`);
  return options['fast-dev-run'] ? shortened(config) : config;
}

/** The same way through the code with next to no work. */
function shortened(config: Config): Config {
  const { train, picture } = config;
  return {
    ...config,
    folds: 2,
    picture: Math.min(picture, 32),
    train: { ...train, epochs: 1, batch: Math.min(train.batch, 4), validate_every: 1 },
  };
}

function printConfig(config: Config, terminal: Terminal): Config {
  terminal.print(configYaml(config).trimEnd());
  return config;
}

async function nextFree(): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = path.join('runs', `run-${number}`);
    if (!existsSync(folder)) return folder;
  }
}

async function plan(terminal: Terminal, config: Config, out: string) {
  const dataset = await loadDataset(config.data, config.picture);
  const folds = splitAll(dataset, config).map(({ training, validation, test }, fold) => ({
    fold,
    training: training.length,
    validation: validation.length,
    test: test.length,
    steps: stepsPerEpoch(training.length, config.train.batch) * config.train.epochs,
  }));
  terminal.print(
    `${dataset.subjects.length} pictures averaged to ${config.picture} × ${config.picture}; nothing is written`,
  );
  for (const fold of folds)
    terminal.print(
      `fold ${fold.fold}: ${fold.training} training, ${fold.validation} validation, ${fold.test} test, ${fold.steps} steps of ${config.train.batch}`,
    );
  return { out, config, pictures: dataset.subjects.length, folds };
}

/** Writes the sheet of augmented pictures of the first fold, or of the one that was asked for. */
async function preview(terminal: Terminal, config: Config, fold: number, file: string) {
  const dataset = await loadDataset(config.data, config.picture);
  const { training } = splitAll(dataset, config)[fold] as Split;
  const gpu = await openDevice(terminal);
  try {
    const image = await augmentationSheet(gpu, config, dataset.pictures, training, fold);
    await writeFileAtomically(file, writePng(image));
    terminal.print(`${file}: a line for each picture, as it was prepared and as epochs 1 to 7 of fold ${fold} show it`);
    return { file, fold, augment: config.augment };
  } finally {
    gpu.close();
  }
}

/** How a run shows itself: a line a fold, redrawn on a terminal. */
export function trainHooks(terminal: Terminal, profile: StepProfile | null = null): TrainHooks {
  let view: FoldView | null = null;
  return {
    onFold: (fold, steps, batch) => {
      const shown = new FoldView(terminal.progress(`fold ${fold}`, steps), steps, batch);
      view = shown;
      return {
        onStep: (done, _total, loss, learningRate) => {
          profile?.onStep();
          shown.onStep(done, loss, learningRate);
        },
        onEpoch: (row) => shown.onEpoch(row),
      };
    },
    onFoldEnd: ({ fold, weights_sha256, epoch }: FoldFacts, before) => {
      profile?.end();
      if (before) terminal.note(`fold ${fold}: finished before`);
      else view?.end(epoch);
      terminal.print(`fold ${fold} weights sha256 ${weights_sha256}`);
    },
    note: (line) => terminal.note(line),
    signal: terminal.signal,
  };
}

async function runTraining(options: Options, config: Config, out: string, terminal: Terminal) {
  const gpu = await openDevice(terminal);
  try {
    const { resume, 'detect-anomaly': detectAnomaly } = options;
    const request = { config, out, fold: options.fold ?? null, resume, detectAnomaly };
    const profile = options.profile ? new StepProfile(gpu) : null;
    const { run, folds, missing } = await train(gpu, request, trainHooks(terminal, profile));
    const metrics = missing.length === 0 ? await evaluateRun(run) : null;
    if (metrics) printMetrics(terminal, metrics);
    else terminal.print(`folds left: ${missing.join(', ')}; the run is gathered when all are there`);
    if (!profile) return { out, folds, missing, metrics };
    const trace = options['fast-dev-run'] ? null : path.join(out, 'profile.json');
    return { out, folds, missing, metrics, profile: await profile.report(terminal, trace) };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `stopped; a checkpoint is kept: go on with agelens train --out ${out} --resume`,
      error.signal,
    );
  } finally {
    gpu.close();
  }
}

export default defineCommand({
  name: 'train',
  summary: 'train a network by patient-wise cross-validation',
  details: `Writes a run folder: config.yaml, environment.json, data.json, metrics.csv, fold-K/ with checkpoints and predictions,
    predictions.csv (out of fold), metrics.json and model.safetensors. The test fold is never used to choose anything: the
    checkpoint and the scale of σ come from validation patients taken out of the other folds. Where these are fewer than
    eight pictures (train.validation=0: none) the scale comes from what the other folds' networks say of their test patients.

    The same seed, data, settings, adapter and driver give the same bits, also after an interruption and --resume. node train.js
    is the same as agelens train.

    SIGTERM, SIGUSR1 and Ctrl-C keep a checkpoint of where training stands, within an epoch too, and end the command with 128
    and the signal's number: 143, 138 (on Linux) and 130. A second Ctrl-C ends it at once. Other statuses: 0 when all is done
    that was asked for, 1 for a failure, 2 for a command line that makes no sense. After any of them, and after kill -9 or a
    loss of power, the same command with --resume goes on from the last checkpoint.

    Machines that share the run folder may train its folds at the same time, with --fold K, or without it, when each takes
    folds that are free. A fold belongs to one process at a time; what a dead one leaves the next takes over. Who finishes
    the last fold gathers the run; so do agelens evaluate and a later --resume, also after copying folders fold-K of runs
    with the same settings and data into one.

    Settings that have no option are given with --set or in a file; --print-config shows them all.

    --from-run fine-tunes the networks of an earlier run. It is refused when a network was made with patients of the test or
    validation part of the fold that would start from it; with the same data, folds and seed none was. With other data patients
    are told apart by their pseudonyms, which agree where the salt is the same.

    Networks: ${AGE_NETWORKS.join(', ')}. Weights of another task fill all of a network but its head; a first layer
    for three colours becomes one for grey pictures by its sum.

    Training pictures are changed on the device, anew in every epoch: augment.recipe=affine (shift, rotate, scale, mirror,
    intensity, offset, noise, blur, erase), kerber2023 (rotate, noise) or none. What a picture becomes follows from seed, fold,
    epoch and row alone.`,
  options: OPTIONS,
  async run({ options, terminal }) {
    const config = await settings(options);
    if (options['print-config']) return printConfig(config, terminal);
    const sheet = options['preview-augmentation'];
    if (sheet !== undefined) return preview(terminal, config, options.fold ?? 0, sheet);
    const out = options.out ?? (await nextFree());
    if (options['dry-run']) return plan(terminal, config, out);
    if (!options['fast-dev-run']) return runTraining(options, config, out, terminal);
    const temporary = await mkdtemp(path.join(os.tmpdir(), 'agelens-dev-run-'));
    try {
      const result = await runTraining(
        { ...options, fold: undefined, resume: false },
        config,
        path.join(temporary, 'run'),
        terminal,
      );
      return { ...result, out: null };
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  },
});

/**
 * The settings of a training run: one schema, from which defaults, checks and messages come. `config.yaml` of a run holds
 * all of them. Precedence: command line over file over defaults.
 */
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { messageOf, UserError } from '../util/errors.ts';
import { nearestWord } from '../util/nearest.ts';
import { AGE_NETWORKS } from './network.ts';
import { SCHEDULES } from './schedule.ts';

const whole = (least: number) => z.int().min(least);
const share = z.number().min(0).max(0.5);

const Train = z
  .strictObject({
    /** Passes over the training pictures. */
    epochs: whole(1).default(30),
    batch: whole(2).default(16),
    /** Peak of the schedule. */
    learning_rate: z.number().positive().default(1e-3),
    /** AdamW's decoupled decay. */
    weight_decay: z.number().min(0).default(0.05),
    /** Largest norm of the gradient; longer ones are scaled down. The likelihood's are now and then huge where σ is small. */
    clip_norm: z.number().positive().default(1),
    /** `mixed`: products on f16 with f32 sums, parameters in f32; needs an adapter with shader-f16. Evaluation is in f32. */
    precision: z.enum(['f32', 'mixed']).default('f32'),
    /** How the rate moves after the warm-up; `one_cycle` has a way up of its own, and moves AdamW's first beta too. */
    schedule: z.enum(SCHEDULES).default('cosine'),
    /** Share of all steps over which the rate rises to the peak. */
    warmup: share.default(0.1),
    /** Schedule `step`: epochs from one fall of the rate to the next, and what it is multiplied with. */
    step_epochs: whole(1).default(10),
    step_factor: z.number().positive().max(1).default(0.1),
    /** Share of the patients outside the test fold that are kept for validation; 0 trains on all of them. */
    validation: share.default(0.2),
    /** Epochs between validations; each one also writes a checkpoint. */
    validate_every: whole(1).default(1),
    /** Training batches over which batch norm's statistics are measured anew before each validation; 0 keeps the running ones. */
    statistics_batches: whole(0).default(32),
    /** Validations without a lesser loss after which a fold ends early; null trains all epochs. */
    patience: whole(1).nullable().default(null),
    /** Decay of the moving average of the weights, e.g. 0.999, which validation and the result use; null averages nothing. */
    ema: z.number().min(0).lt(1).nullable().default(null),
    /** Which weights a fold ends with: those of least validation loss, or the last ones. */
    keep: z.enum(['best', 'last']).default('best'),
  })
  .refine(({ patience, validation }) => patience === null || validation > 0, {
    path: ['patience'],
    message: 'stopping early needs validation patients; give train.validation a share above 0',
  });

/** What training pictures go through on the device, drawn anew in every epoch; evaluation takes them as they are. */
const Augment = z.strictObject({
  /**
   * `affine`: each half (coronal above sagittal) is moved, turned and scaled inside itself, bilinear, its border repeated,
   * then dimmed. `kerber2023`: a patch of half the side, enlarged 1 to 1.5 times (nearest), at a random place of an empty
   * picture; of the settings below it takes `rotate`, in whole degrees, and `noise`. `none`: as they are.
   */
  recipe: z.enum(['affine', 'kerber2023', 'none']).default('affine'),
  /** Largest shift in pixels of a 224 × 224 picture, each way. */
  shift: z.number().min(0).max(64).default(8),
  /** Largest rotation in degrees, each way. */
  rotate: z.number().min(0).max(180).default(0),
  /** Largest relative change of the size: 0.1 makes between 1 / 1.1 and 1.1 times as large. */
  scale: z.number().min(0).max(1).default(0),
  /** Whether every other coronal half is mirrored, left for right. Anatomy is not symmetrical, so the default is no. */
  mirror: z.boolean().default(false),
  /** Largest relative change of the intensity. */
  intensity: z.number().min(0).max(0.5).default(0.05),
  /** Largest number added to the intensity, each way; pictures run from 0 to 1. */
  offset: z.number().min(0).max(0.5).default(0),
  /** Standard deviation of Gaussian noise; the published one has variance 0.1, which is 0.316. */
  noise: z.number().min(0).max(1).default(0),
  /** Largest blur: a pixel becomes the mean of four readings at most so many pixels of 224 away. */
  blur: z.number().min(0).max(8).default(0),
  /** Chance that a rectangle of 2 to 33 % of a half is emptied (random erasing: Zhong et al., 2020). */
  erase: z.number().min(0).max(1).default(0),
});

const Model = z
  .strictObject({
    name: z.enum(AGE_NETWORKS).default('resnet18'),
    /** File of weights to start from, of another task such as ImageNet: safetensors, PyTorch or npz. */
    weights: z.string().min(1).nullable().default(null),
    /** Run folder to fine-tune: each fold starts from the network of the same fold there. */
    from_run: z.string().min(1).nullable().default(null),
  })
  .refine(({ weights, from_run: run }) => weights === null || run === null, {
    path: ['from_run'],
    message: 'training starts from model.weights or from another run, not from both',
  });

const Config = z.strictObject({
  /** Folder made by `agelens prepare`. */
  data: z.string().min(1).default('prepared'),
  seed: whole(0).default(1),
  folds: whole(2).default(5),
  /** Side in pixels to which the prepared pictures are averaged down. */
  picture: z.int().min(32).max(224).multipleOf(2).default(224),
  model: Model.prefault({}),
  train: Train.prefault({}),
  augment: Augment.prefault({}),
});

export type Config = z.infer<typeof Config>;
export type TrainSettings = Config['train'];
export type AugmentSettings = Config['augment'];

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema's keys at a path, for suggestions. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let node: unknown = Config.parse({});
  for (const key of path) node = isTree(node) ? node[String(key)] : undefined;
  return isTree(node) ? Object.keys(node) : [];
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const whole = (name: string) => [...issue.path, name].join('.');
    const nearest = nearestWord(key, knownKeys(issue.path));
    return `there is no setting "${whole(key)}"${nearest === null ? '' : `; did you mean "${whole(nearest)}"?`}`;
  }
  return `${path}: ${issue.message}`;
}

/**
 * Checks settings and fills in the defaults. `where` names their origin in messages ("run.yaml").
 * @throws UserError naming the first wrong setting
 */
export function parseConfig(settings: unknown, where: string): Config {
  const result = Config.safeParse(settings ?? {});
  if (result.success) return result.data;
  throw new UserError(`${where}: ${describe(result.error.issues[0] as z.core.$ZodIssue)}`);
}

/** Reads YAML text without judging its settings. @throws UserError with line and column */
export function parseYaml(text: string, where: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new UserError(`${where}: not YAML: ${error.message.split('\n')[0]}`);
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    throw new UserError(`${where}: not YAML: ${messageOf(error)}`); // aliases of nothing, or too many of them
  }
}

/** The complete settings as YAML, in the schema's order. */
export function configYaml(config: Config): string {
  return stringify(config);
}

/** A setting as `--set` gives it, "train.epochs=30": the value is read as YAML. */
export function withSetting(settings: unknown, assignment: string): Tree {
  const at = assignment.indexOf('=');
  const path = assignment.slice(0, at).split('.');
  if (at < 1 || path.some((key) => key === ''))
    throw new UserError(`--set takes KEY=VALUE such as train.epochs=30, not "${assignment}"`);
  return withValue(settings, path, parseYaml(assignment.slice(at + 1), `--set ${assignment}`));
}

/** A copy of the settings with one value replaced. */
export function withValue(settings: unknown, path: readonly string[], value: unknown): Tree {
  const [key = '', ...rest] = path;
  const tree = isTree(settings) ? settings : {};
  const own = Object.hasOwn(tree, key) ? tree[key] : undefined;
  return { ...tree, [key]: rest.length === 0 ? value : withValue(own, rest, value) };
}

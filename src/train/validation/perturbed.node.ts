/** One study after another through every perturbation, preparation and the network that never saw its patient. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../formats/files.node.ts';
import { RefusedError } from '../../formats/refusal.ts';
import type { Study } from '../../formats/studies.ts';
import type { Volume } from '../../formats/volume.ts';
import type { Gpu } from '../../gpu/index.ts';
import type { Perturbation } from '../../preprocess/ct/perturb/perturbations.ts';
import { messageOf, UserError } from '../../util/errors.ts';
import { randomStream } from '../../util/random.ts';
import { VERSION } from '../../util/version.ts';
import { Identities } from '../identities.node.ts';
import { averageDown } from '../pictures.ts';
import { kerberRecipe, type RecipeSettings } from '../recipe.ts';
import type { Condition } from './conditions.ts';
import type { OutOfFold } from './out-of-fold.ts';
import type { Reading } from './robustness.ts';

/** A study to perturb: a row of the data set with its scan. */
export interface Target {
  row: number;
  subject: string;
  age: number;
  fold: number;
  scan: Study;
  /** SHA-256 of the picture that was prepared from it, and that picture as the networks take it. */
  sha256: string;
  picture: Float32Array;
}

/** What became of a study under one condition: a prediction, or why there is none. */
export type Outcome = (Reading & { refused: null }) | { mean: null; sigma: null; refused: string };

export interface PerturbedStudy {
  unperturbed: Outcome;
  /** Whether preparing the scan twice gave the same bits, and whether these are the ones that the network learned from. */
  same_twice: boolean;
  same_as_prepared: boolean;
  /** Mean difference from the picture that the network takes, on its scale from 0 to 1; null where the scan is refused. */
  picture_difference: number | null;
  /** In the order of the conditions. */
  outcomes: Outcome[];
}

export const pictureSha256 = (picture: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(picture.buffer, picture.byteOffset, picture.byteLength))
    .digest('hex');

export interface PerturbedOptions {
  recipe: RecipeSettings;
  conditions: readonly Condition<Perturbation>[];
  seed: number;
  /** Stands for the networks: results are kept under it. */
  model: string;
  /** Folder of results that are kept, so that an interrupted run goes on. */
  units: string;
}

export class PerturbedStudies {
  readonly #gpu: Gpu;
  readonly #networks: OutOfFold;
  readonly #options: PerturbedOptions;
  readonly #identities = new Identities(false);

  constructor(gpu: Gpu, networks: OutOfFold, options: PerturbedOptions) {
    this.#gpu = gpu;
    this.#networks = networks;
    this.#options = options;
  }

  /** The study's results: those that were kept, or new ones. `onCondition` is called after each preparation. */
  async run(target: Target, onCondition: () => void): Promise<PerturbedStudy> {
    const file = path.join(this.#options.units, `${this.#key(target)}.json`);
    const kept = existsSync(file) ? await readUnit(file) : null;
    if (kept) return kept;
    const study = await this.#perturb(target, onCondition);
    await mkdir(this.#options.units, { recursive: true });
    await writeFileAtomically(file, JSON.stringify(study));
    return study;
  }

  #key({ scan, fold, sha256 }: Target): string {
    const { recipe, conditions, seed, model } = this.#options;
    const asked = conditions.map(({ perturbation, strength }) => [perturbation.name, strength]);
    const { driver } = this.#gpu.info;
    return this.#identities.key(
      JSON.stringify([VERSION, driver, recipe, asked, seed, model, fold, sha256, scan.stamp]),
    );
  }

  async #perturb(target: Target, onCondition: () => void): Promise<PerturbedStudy> {
    const { recipe } = this.#options;
    const volume = await target.scan.load();
    const first = await this.#prepared(target, recipe, () => volume);
    const again = await this.#prepared(target, recipe, () => volume);
    onCondition();
    const outcomes: Outcome[] = [];
    for (const condition of this.#options.conditions) {
      outcomes.push((await this.#underCondition(target, volume, condition)).outcome);
      onCondition();
    }
    return {
      unperturbed: first.outcome,
      same_twice: first.sha256 === again.sha256 && first.outcome.mean === again.outcome.mean,
      same_as_prepared: first.sha256 === target.sha256,
      picture_difference: first.picture && meanDifference(first.picture, target.picture),
      outcomes,
    };
  }

  #underCondition(target: Target, volume: Volume, { perturbation, strength }: Condition<Perturbation>) {
    const { recipe, seed } = this.#options;
    const random = randomStream(seed, 'perturbation', perturbation.name, strength, target.row);
    const other = perturbation.recipe?.(recipe) ?? recipe;
    return this.#prepared(target, other, () => perturbation.apply(volume, strength, random));
  }

  /** Prepares a volume and predicts it; what cannot be made or prepared is refused. */
  async #prepared(
    { scan, fold }: Target,
    settings: RecipeSettings,
    volume: () => Volume,
  ): Promise<{ outcome: Outcome; sha256: string | null; picture: Float32Array | null }> {
    const recipe = kerberRecipe(this.#gpu, settings);
    try {
      const { image } = await recipe.run(volume());
      const picture = averageDown(image, recipe.side, this.#networks.side);
      const reading = await this.#networks.predictPicture(fold, picture);
      return { outcome: { ...reading, refused: null }, sha256: pictureSha256(image), picture };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const cause = error instanceof RefusedError ? error.refusal.cause : messageOf(error);
      const refused = this.#identities.text(cause, scan);
      return { outcome: { mean: null, sigma: null, refused }, sha256: null, picture: null };
    }
  }
}

const meanDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;

/** Null for a damaged file: the work is done anew. */
async function readUnit(file: string): Promise<PerturbedStudy | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as PerturbedStudy;
  } catch {
    return null;
  }
}

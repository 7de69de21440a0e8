/** The files of a run, and how they are written: each one wholly or not at all. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { readCsv, writeCsv } from '../formats/csv.ts';
import { writeFileAtomically } from '../formats/files.node.ts';
import { UserError } from '../util/errors.ts';
import { type Checkpoint, decodeCheckpoint, type EpochRow, encodeCheckpoint } from './checkpoint.ts';
import { type Config, configYaml, parseConfig, parseYaml } from './config.ts';
import type { Flow } from './flow.ts';
import type { Prediction } from './metrics.ts';
import type { Standardisation } from './standardise.ts';
import type { StartFacts } from './start.node.ts';
import { subjectOf, TRUTH_COLUMNS, truthCells } from './subject-table.ts';

/** What is known of a finished fold; keys as in fold.json. */
export interface FoldFacts {
  fold: number;
  weights_sha256: string;
  /** Epoch (from 1) whose weights were kept. */
  epoch: number;
  /** Epochs of training, fewer than set where it stopped early. */
  epochs: number;
  age_mean: number;
  age_deviation: number;
  sigma_scale: number;
  /** Over all that makes a run what it is: settings, data, weights it starts from. Equal in all folds of a run. */
  run_sha256: string;
  training: number;
  validation: number;
  test: number;
}

/** What the data were, so that a resumed run can tell whether they still are. Keys as in data.json. */
export interface DataFacts extends Flow {
  fingerprint: string;
  recipe: Record<string, string | number>;
  synthetic: boolean;
}

export const standardisationOf = (facts: FoldFacts): Standardisation => ({
  mean: facts.age_mean,
  deviation: facts.age_deviation,
});

/** The settings by which runs are compared: all but where the data lie. */
export const settingsYaml = (config: Config): string => configYaml({ ...config, data: '' });

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export class RunFolder {
  readonly path: string;

  constructor(folder: string) {
    this.path = folder;
  }

  file(...parts: string[]): string {
    return path.join(this.path, ...parts);
  }

  get exists(): boolean {
    return existsSync(this.file('config.yaml'));
  }

  async #text(...parts: string[]): Promise<string> {
    const file = this.file(...parts);
    return readFile(file, 'utf8').catch(() => {
      throw new UserError(`${file}: no such file; is ${this.path} a run folder, and is its training finished?`);
    });
  }

  async readJson<T>(...parts: string[]): Promise<T> {
    const text = await this.#text(...parts);
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new UserError(`${this.file(...parts)}: not JSON`);
    }
  }

  async writeJson(value: unknown, ...parts: string[]): Promise<void> {
    await writeFileAtomically(this.file(...parts), json(value));
  }

  async writeText(text: string | Uint8Array, ...parts: string[]): Promise<void> {
    await writeFileAtomically(this.file(...parts), text);
  }

  async readConfig(): Promise<Config> {
    const file = this.file('config.yaml');
    return parseConfig(parseYaml(await this.#text('config.yaml'), file), file);
  }

  /** SHA-256 over settings, data and start; the data's place does not count, their fingerprint does. */
  async sha256(): Promise<string> {
    const { fingerprint } = await this.readJson<DataFacts>('data.json');
    const facts = [settingsYaml(await this.readConfig()), fingerprint, (await this.startFacts())?.sha256 ?? ''];
    return createHash('sha256').update(facts.join('\n')).digest('hex');
  }

  /** Writes what stays the same during the whole run. */
  async begin(config: Config, environment: unknown, data: DataFacts): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await this.writeJson(environment, 'environment.json');
    await this.writeJson(data, 'data.json');
    await this.writeText(configYaml(config), 'config.yaml');
  }

  folder(fold: number): string {
    return `fold-${fold}`;
  }

  foldStarted(fold: number): boolean {
    return this.foldFinished(fold) || this.hasCheckpoint(fold);
  }

  foldFinished(fold: number): boolean {
    return existsSync(this.file(this.folder(fold), 'fold.json'));
  }

  foldFacts(fold: number): Promise<FoldFacts> {
    return this.readJson<FoldFacts>(this.folder(fold), 'fold.json');
  }

  hasCheckpoint(fold: number): boolean {
    return existsSync(this.file(this.folder(fold), LAST));
  }

  /** The last checkpoint of a fold, or null when it has none yet. */
  async lastCheckpoint(fold: number): Promise<Checkpoint | null> {
    return this.hasCheckpoint(fold) ? this.#checkpoint(fold, LAST) : null;
  }

  /** Removes what a process that was killed left half-written in a fold's folder. Only for the holder of its lock. */
  async clean(fold: number): Promise<void> {
    const folder = this.file(this.folder(fold));
    const left = (await readdir(folder)).filter((name) => /^\..+\.partial(\.best)?$/.test(name));
    for (const name of left) await rm(path.join(folder, name), { force: true });
  }

  async keepStart({ file, sha256, notes }: StartFacts): Promise<void> {
    await this.writeJson({ file, sha256, notes }, 'weights.json');
  }

  /** What weights the run was begun with; null for random ones. */
  async startFacts(): Promise<StartFacts | null> {
    return existsSync(this.file('weights.json')) ? this.readJson<StartFacts>('weights.json') : null;
  }

  bestCheckpoint(fold: number): Promise<Checkpoint> {
    return this.#checkpoint(fold, BEST);
  }

  async #checkpoint(fold: number, name: string): Promise<Checkpoint> {
    const file = this.file(this.folder(fold), name);
    const bytes = await readFile(file).catch(() => {
      throw new UserError(`${file}: no such file`);
    });
    return decodeCheckpoint(new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length), file);
  }

  /**
   * Writes the last checkpoint: temporary file, sync, rename. The best one is the same file under a second name, given
   * first, so that whatever moment the process dies at, the best one is at least as new as the last one says.
   */
  async saveCheckpoint(checkpoint: Checkpoint, best: boolean): Promise<void> {
    const folder = this.file(this.folder(checkpoint.position.fold));
    await mkdir(folder, { recursive: true });
    const temporary = path.join(folder, `.${randomBytes(6).toString('hex')}.partial`);
    try {
      const file = await open(temporary, 'wx');
      try {
        await file.writeFile(encodeCheckpoint(checkpoint));
        await file.sync();
      } finally {
        await file.close();
      }
      if (best) await placeSecondName(temporary, path.join(folder, BEST));
      await rename(temporary, path.join(folder, LAST));
    } finally {
      await rm(temporary, { force: true });
    }
    await this.writeHistory(checkpoint.position.history, this.folder(checkpoint.position.fold));
  }

  /** metrics.csv of the run or of one fold. */
  async writeHistory(history: readonly EpochRow[], ...parts: string[]): Promise<void> {
    const columns = [
      'fold',
      'epoch',
      'step',
      'learning_rate',
      'training_loss',
      'validation_loss',
      'validation_mae',
    ] as const;
    await this.writeText(
      writeCsv(
        columns,
        history.map((row) => ({ ...row })),
      ),
      ...parts,
      'metrics.csv',
    );
  }

  async readHistory(...parts: string[]): Promise<EpochRow[]> {
    const file = this.file(...parts, 'metrics.csv');
    return readCsv(new TextEncoder().encode(await this.#text(...parts, 'metrics.csv')), file).rows.map((row) => ({
      fold: row.requiredNumber('fold'),
      epoch: row.requiredNumber('epoch'),
      step: row.requiredNumber('step'),
      learning_rate: row.requiredNumber('learning_rate'),
      training_loss: row.requiredNumber('training_loss'),
      validation_loss: row.number('validation_loss'),
      validation_mae: row.number('validation_mae'),
    }));
  }

  /** predictions.csv of the run or of one fold. */
  async writePredictions(predictions: readonly Prediction[], ...parts: string[]): Promise<void> {
    const truth = predictions.some((each) => each.truth) ? TRUTH_COLUMNS : [];
    const rows = predictions.map(({ truth: known, ...each }) => ({ ...each, ...truthCells(known) }));
    await this.writeText(writeCsv([...PREDICTION_COLUMNS, ...truth], rows), ...parts, 'predictions.csv');
  }

  async readPredictions(...parts: string[]): Promise<Prediction[]> {
    const file = this.file(...parts, 'predictions.csv');
    return readCsv(new TextEncoder().encode(await this.#text(...parts, 'predictions.csv')), file).rows.map((row) => {
      return {
        ...subjectOf(row),
        row: row.requiredNumber('row'),
        fold: row.requiredNumber('fold'),
        mean: row.requiredNumber('mean'),
        sigma_raw: row.requiredNumber('sigma_raw'),
        sigma: row.requiredNumber('sigma'),
        training_mean: row.requiredNumber('training_mean'),
      };
    });
  }
}

const LAST = 'checkpoint-last.safetensors';
const BEST = 'checkpoint-best.safetensors';
const PREDICTION_COLUMNS = [
  'subject',
  'row',
  'fold',
  'age',
  'sex',
  'scanner',
  'contrast',
  'mean',
  'sigma_raw',
  'sigma',
  'training_mean',
] as const;

/** Gives a file a second name in place of what has it now; a copy where the file system knows no links. */
async function placeSecondName(file: string, name: string): Promise<void> {
  const temporary = `${file}.best`;
  await link(file, temporary).catch(() => copyFile(file, temporary));
  await rename(temporary, name);
}

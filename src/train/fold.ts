/**
 * Training of one fold, the same in Node and in browsers. Its result is a function of the pictures, the table, the settings
 * and the adapter; interrupting it at any step and going on from a checkpoint changes no bit.
 */
import type { Gpu } from '../gpu/index.ts';
import { AnomalyError, optim, type StateDict } from '../nn/index.ts';
import { UserError } from '../util/errors.ts';
import { AugmentedPictures } from './augmented.ts';
import { epochBatches, stepsPerEpoch } from './batches.ts';
import { type Checkpoint, type EpochRow, type Position, stateSha256 } from './checkpoint.ts';
import type { Config } from './config.ts';
import type { Split } from './folds.ts';
import { infer, type Output } from './inference.ts';
import { sigmaScale } from './metrics/sigma-scale.ts';
import type { Prediction } from './metrics.ts';
import { createNetwork, type Network } from './network.ts';
import { PictureStore } from './picture-store.ts';
import type { Pictures } from './pictures.ts';
import { scheduleOf } from './schedule.ts';
import { fitStandardisation, inYears, type Standardisation, standardised } from './standardise.ts';
import { measureStatistics } from './statistics.ts';
import { TrainStep } from './step.ts';
import type { Subject } from './subjects.ts';
import { WeightAverage } from './weight-average.ts';

export interface FoldJob {
  gpu: Gpu;
  config: Config;
  pictures: Pictures;
  subjects: readonly Subject[];
  split: Split;
  fold: number;
  /** Where to go on; null starts afresh. */
  resume: Checkpoint | null;
  /** Whether to stop at the first NaN or infinity and name the operation that made it. Changes no bit; costs time. */
  detectAnomaly?: boolean | undefined;
  /** Weights of another task that a fresh start takes; random ones where left out or null. */
  start?: StateDict | null;
  hooks: FoldHooks;
}

export interface FoldHooks {
  /** After each optimiser step; `loss` is the last one known. */
  onStep?(done: number, total: number, loss: number | null, learningRate: number): void;
  /** After each epoch. */
  onEpoch?(row: EpochRow): void | Promise<void>;
  /** Keeps a checkpoint; `best` when its validation loss is the least so far. */
  save?(checkpoint: Checkpoint, best: boolean): Promise<void>;
  /** Brings back the model of the best checkpoint that was saved. */
  loadBest?(): Promise<StateDict>;
  signal?: AbortSignal;
}

export interface FoldResult {
  fold: number;
  weights: StateDict;
  weightsSha256: string;
  standardisation: Standardisation;
  /** Factor on σ fitted on the validation pictures; 1 where they are too few, until the folds are gathered. */
  sigmaScale: number;
  /** Epoch (from 1) whose weights these are. */
  epoch: number;
  /** Epochs of training, fewer than set where it stopped early. */
  epochs: number;
  history: EpochRow[];
  predictions: Prediction[];
}

/**
 * Trains, chooses the weights and predicts the test fold.
 * @throws UserError when the loss stops being finite, or the signal's reason when it aborts (a checkpoint is saved first)
 */
export async function trainFold(job: FoldJob): Promise<FoldResult> {
  const trainer = new FoldTrainer(job);
  try {
    await trainer.run();
    return await trainer.finish();
  } finally {
    trainer.release();
  }
}

/** No epoch of training has this number: the order of its batches is the statistics' own. */
const STATISTICS_EPOCH = -1;

const freshPosition = (fold: number, seed: number): Position => ({
  fold,
  seed,
  epoch: 0,
  batch: 0,
  losses: [],
  history: [],
  best: null,
});

/** Whether the last `patience` validations have all failed to lessen the loss. */
function outOfPatience({ best, history }: Position, patience: number | null): boolean {
  if (patience === null || best === null) return false;
  return (
    history.filter(({ epoch, validation_loss }) => epoch > best.epoch && validation_loss !== null).length >= patience
  );
}

function checkOwner(position: Position, fold: number, seed: number): void {
  if (position.fold === fold && position.seed === seed) return;
  throw new UserError(
    `a checkpoint of fold ${position.fold}, seed ${position.seed} does not belong to fold ${fold}, seed ${seed}`,
  );
}

class FoldTrainer {
  readonly #job: FoldJob;
  readonly #network: Network;
  readonly #scaler: optim.GradScaler | null;
  readonly #optimizer: optim.AdamW;
  readonly #schedule: optim.Schedules;
  readonly #average: WeightAverage | null;
  readonly #store: PictureStore;
  readonly #augmented: AugmentedPictures;
  readonly #step: TrainStep;
  readonly #standardisation: Standardisation;
  readonly #batch: number;
  readonly #stepsPerEpoch: number;
  readonly #position: Position;
  #best: StateDict | null = null;

  constructor(job: FoldJob) {
    const { gpu, config, pictures, split, fold, resume } = job;
    const mixed = config.train.precision === 'mixed';
    this.#job = job;
    this.#batch = config.train.batch;
    this.#stepsPerEpoch = stepsPerEpoch(split.training.length, this.#batch);
    this.#standardisation = fitStandardisation(split.training.map((row) => this.#age(row)));
    if (resume) checkOwner(resume.position, fold, config.seed);
    this.#position = resume ? structuredClone(resume.position) : freshPosition(fold, config.seed);
    this.#network = createNetwork(gpu, config.model.name, resume ? undefined : config.seed);
    if (resume) this.#network.loadStateDict(new Map([...resume.model, ...resume.trained]));
    else if (job.start) this.#network.loadStateDict(job.start, { adapt: true });
    const { learning_rate: lr, weight_decay: weightDecay, clip_norm: clipNorm, ema } = config.train;
    this.#average = ema === null ? null : new WeightAverage(this.#network, ema);
    if (resume) this.#average?.load(resume.model);
    this.#scaler = mixed ? new optim.GradScaler(gpu) : null;
    const options = { lr, weightDecay, clipNorm, scaler: this.#scaler ?? undefined };
    this.#optimizer = new optim.AdamW(this.#network.namedParameters(), options);
    if (resume) this.#optimizer.loadStateDict(resume.optimizer);
    if (resume) this.#scaler?.loadStateDict(resume.scaler);
    this.#schedule = scheduleOf(config.train, config.train.epochs * this.#stepsPerEpoch, this.#stepsPerEpoch);
    this.#store = new PictureStore(gpu, pictures, split.training);
    this.#augmented = new AugmentedPictures(gpu, this.#store, config.augment, this.#batch, pictures.side);
    this.#step = new TrainStep(gpu, this.#network, this.#optimizer, this.#batch, pictures.side, {
      detectAnomaly: job.detectAnomaly,
      prepare: (batch) => this.#augmented.queue(batch),
    });
  }

  release(): void {
    this.#step.release();
    this.#augmented.release();
    this.#store.release();
    this.#optimizer.dispose();
    this.#average?.release();
    this.#scaler?.dispose();
    this.#network.dispose();
  }

  #age(row: number): number {
    return (this.#job.subjects[row] as Subject).age;
  }

  /** All epochs that are left. When the signal aborts, between any two steps or within a validation, a checkpoint is kept. */
  async run(): Promise<void> {
    const { signal } = this.#job.hooks;
    try {
      while (!this.#done()) {
        await this.#trainEpoch();
        await this.#endEpoch();
      }
    } catch (error) {
      if (signal?.aborted && error === signal.reason) await this.#keepPlace();
      throw error;
    }
  }

  #done(): boolean {
    const { epochs, patience } = this.#job.config.train;
    return this.#position.epoch >= epochs || outOfPatience(this.#position, patience);
  }

  async #keepPlace(): Promise<void> {
    await this.#readLosses();
    await this.#save(false);
  }

  async #trainEpoch(): Promise<void> {
    const { split, config, fold } = this.#job;
    const position = this.#position;
    const batches = epochBatches(split.training, this.#batch, config.seed, fold, position.epoch);
    const total = config.train.epochs * this.#stepsPerEpoch;
    this.#network.train();
    this.#network.seedDropout(config.seed, position.epoch * this.#stepsPerEpoch + position.batch);
    let previous: Promise<unknown> = Promise.resolve();
    for (const rows of batches.slice(position.batch)) {
      this.#job.hooks.signal?.throwIfAborted();
      this.#augmented.load(rows, { seed: config.seed, fold, epoch: position.epoch });
      const targets = Float32Array.from(rows, (row) => standardised(this.#age(row), this.#standardisation));
      const done = position.epoch * this.#stepsPerEpoch + position.batch;
      this.#setMomentum(done);
      this.#step.runPrepared(targets, this.#rate(done));
      this.#average?.update(done + 1);
      await this.#job.gpu.submit();
      if (this.#job.detectAnomaly) await this.#checkStep();
      position.batch++;
      if (this.#step.full) await this.#readLosses();
      this.#job.hooks.onStep?.(
        done + 1,
        total,
        position.losses.at(-1) ?? position.history.at(-1)?.training_loss ?? null,
        this.#rate(done),
      );
      // One step computes while the next one is being prepared; more would only pile up.
      await previous;
      previous = this.#job.gpu.device.queue.onSubmittedWorkDone();
    }
    await this.#readLosses();
  }

  async #checkStep(): Promise<void> {
    const { fold, epoch, batch } = this.#position;
    await this.#step.check().catch((error) => {
      throw error instanceof AnomalyError
        ? new UserError(`fold ${fold}, epoch ${epoch + 1}, step ${batch + 1}: ${error.message}`)
        : error;
    });
  }

  #rate(step: number): number {
    return this.#schedule.lr(this.#job.config.train.learning_rate, step);
  }

  #setMomentum(step: number): void {
    const { momentum } = this.#schedule;
    if (momentum) this.#optimizer.setMomentum(0, momentum(this.#optimizer.momentum(0), step));
  }

  async #readLosses(): Promise<void> {
    const position = this.#position;
    const first = position.losses.length;
    position.losses.push(...(await this.#step.losses()));
    const bad = position.losses.findIndex((loss, i) => i >= first && !Number.isFinite(loss));
    if (bad < 0) return;
    throw new UserError(
      `fold ${position.fold}, epoch ${position.epoch + 1}, step ${bad + 1}: the loss is ${position.losses[bad]}; lower train.learning_rate (now ${this.#job.config.train.learning_rate}) or raise train.warmup`,
    );
  }

  async #endEpoch(): Promise<void> {
    const position = this.#position;
    const { train } = this.#job.config;
    const training = position.losses.reduce((sum, loss) => sum + loss, 0) / position.losses.length;
    const due = (position.epoch + 1) % train.validate_every === 0 || position.epoch + 1 === train.epochs;
    const validation = due ? await this.#averaged(() => this.#assess()) : null;
    position.epoch++;
    position.batch = 0;
    position.losses = [];
    const step = position.epoch * this.#stepsPerEpoch;
    const row: EpochRow = {
      fold: position.fold,
      epoch: position.epoch,
      step,
      learning_rate: this.#rate(step - 1),
      training_loss: training,
      validation_loss: validation?.loss ?? null,
      validation_mae: validation?.mae ?? null,
    };
    position.history.push(row);
    const best = validation !== null && (position.best === null || validation.loss < position.best.loss);
    if (best) position.best = { epoch: position.epoch, loss: validation.loss };
    await this.#job.hooks.onEpoch?.(row);
    if (due) await this.#save(best);
  }

  /** Does something with the weights that predict: the averaged ones where there are such. */
  #averaged<T>(work: () => Promise<T>): Promise<T> {
    return this.#average ? this.#average.use(work) : work();
  }

  async #assess(): Promise<{ loss: number; mae: number } | null> {
    this.#measureStatistics();
    return this.#validate();
  }

  #measureStatistics(): void {
    const { gpu, pictures, split, config, fold } = this.#job;
    const batches = epochBatches(split.training, this.#batch, config.seed, fold, STATISTICS_EPOCH);
    measureStatistics(gpu, this.#network, pictures, batches.slice(0, config.train.statistics_batches));
  }

  async #save(best: boolean): Promise<void> {
    const model = await this.#averaged(() => this.#network.stateDict());
    if (best) this.#best = model;
    if (!this.#job.hooks.save) return;
    const trained: StateDict = (await this.#average?.trained()) ?? new Map();
    const optimizer = await this.#optimizer.stateDict();
    const scaler: StateDict = (await this.#scaler?.stateDict()) ?? new Map();
    await this.#job.hooks.save({ model, trained, optimizer, scaler, position: this.#position }, best);
  }

  /** Loss on standardised ages and mean absolute error in years; null without validation pictures. */
  async #validate(): Promise<{ loss: number; mae: number } | null> {
    const { validation } = this.#job.split;
    if (validation.length === 0) return null;
    const outputs = await this.#infer(validation);
    let [loss, mae] = [0, 0];
    outputs.forEach(({ mu, s }, i) => {
      const target = standardised(this.#age(validation[i] as number), this.#standardisation);
      loss += 0.5 * (s + (target - mu) ** 2 / Math.exp(s));
      mae += Math.abs(target - mu) * this.#standardisation.deviation;
    });
    return { loss: loss / outputs.length, mae: mae / outputs.length };
  }

  #infer(rows: readonly number[]): Promise<Output[]> {
    const { gpu, pictures } = this.#job;
    return infer(gpu, this.#network, pictures, rows, this.#batch, this.#job.hooks.signal);
  }

  /** Takes the weights that the settings want to keep and applies them to the parts they have not learned from. */
  async finish(): Promise<FoldResult> {
    const { config, split, fold, hooks } = this.#job;
    const { best, history } = this.#position;
    const useBest = config.train.keep === 'best' && best !== null;
    if (useBest) {
      this.#best ??= (await hooks.loadBest?.()) ?? null;
      if (!this.#best) throw new Error(`the weights of epoch ${best.epoch} are gone`);
    }
    const weights = useBest && this.#best ? this.#best : await this.#averaged(() => this.#network.stateDict());
    this.#network.loadStateDict(weights);
    const scale = sigmaScale(await this.#inYears(split.validation));
    return {
      fold,
      weights,
      weightsSha256: await stateSha256(weights),
      standardisation: this.#standardisation,
      sigmaScale: scale,
      epoch: useBest ? best.epoch : this.#position.epoch,
      epochs: this.#position.epoch,
      history,
      predictions: await this.#predictTest(scale),
    };
  }

  async #inYears(rows: readonly number[]): Promise<{ age: number; mean: number; sigma: number }[]> {
    const outputs = await this.#infer(rows);
    return outputs.map(({ mu, s }, i) => ({
      age: this.#age(rows[i] as number),
      ...inYears(mu, s, this.#standardisation),
    }));
  }

  async #predictTest(scale: number): Promise<Prediction[]> {
    const { split, subjects, fold } = this.#job;
    const predicted = await this.#inYears(split.test);
    return predicted.map(({ age, mean, sigma }, i) => {
      const row = split.test[i] as number;
      const { subject, sex, scanner, contrast, truth } = subjects[row] as Subject;
      return {
        subject,
        row,
        fold,
        age,
        sex,
        scanner,
        contrast,
        mean,
        sigma_raw: sigma,
        sigma: Math.fround(sigma * scale),
        training_mean: this.#standardisation.mean,
        truth,
      };
    });
  }
}

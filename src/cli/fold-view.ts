import type { EpochRow } from '../train/checkpoint.ts';
import type { Progress } from './progress.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Columns of the small curve of losses. */
const CURVE = 12;

/** A small curve of the last values: the highest bar is the largest of them. */
export function sparkline(values: readonly number[], columns = CURVE): string {
  const last = values.slice(-columns);
  const [low, high] = [Math.min(...last), Math.max(...last)];
  const bar = (value: number): number =>
    high > low ? Math.round(((BARS.length - 1) * (value - low)) / (high - low)) : 0;
  return last.map((value) => BARS[bar(value)]).join('');
}

/** How the training of a fold shows itself: in one line, what matters most first, since a narrow terminal cuts it off. */
export class FoldView {
  readonly #progress: Progress;
  readonly #steps: number;
  readonly #batch: number;
  readonly #losses: number[] = [];
  #validation: number | null = null;
  #start: { time: number; done: number } | null = null;

  /** @param steps of the whole fold, each of `batch` pictures */
  constructor(progress: Progress, steps: number, batch: number) {
    this.#progress = progress;
    this.#steps = steps;
    this.#batch = batch;
  }

  /** After a step; the loss is the last one known. */
  onStep(done: number, loss: number | null, learningRate: number): void {
    const now = performance.now();
    this.#start ??= { time: now, done };
    const pictures = (1000 * this.#batch * (done - this.#start.done)) / (now - this.#start.time);
    this.#progress.update(
      done,
      [
        loss === null ? '' : `loss ${loss.toFixed(3)}${this.#losses.length > 1 ? ` ${sparkline(this.#losses)}` : ''}`,
        this.#validated(),
        Number.isFinite(pictures) && pictures > 0 ? `${pictures.toPrecision(3)} pictures/s` : '',
        `rate ${learningRate.toPrecision(2)}`,
      ]
        .filter(Boolean)
        .join('  '),
    );
  }

  onEpoch({ training_loss: loss, validation_mae: mae }: EpochRow): void {
    this.#losses.push(loss);
    this.#validation = mae ?? this.#validation;
  }

  /** @param epoch (from 1) whose weights were kept */
  end(epoch: number): void {
    const parts = [`${this.#steps} steps, weights of epoch ${epoch}`, this.#validated(), sparkline(this.#losses)];
    this.#progress.end(parts.filter(Boolean).join(', '));
  }

  #validated(): string {
    return this.#validation === null ? '' : `validation ${this.#validation.toFixed(2)} years`;
  }
}

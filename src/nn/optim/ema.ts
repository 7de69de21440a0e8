import { exchangeValues, movingAverage } from '../../kernels/moving_average/moving_average.ts';
import { UserError } from '../../util/errors.ts';
import { loadInto, readState, type StateDict } from '../layers/state.ts';
import { keep } from '../scope.ts';
import { empty, type Tensor } from '../tensor.ts';

/**
 * Exponential moving average of weights: after every `update()` an average is `decay` · itself + (1 − decay) · its weight. It
 * starts from the weights as they are when it is made. Evaluation with the averages:
 *
 *   ema.swap();            // weights and averages change places
 *   … evaluate, save …
 *   ema.swap();            // and back
 *
 * Both calls only queue dispatches, so `update()` may be part of a recorded step.
 */
export class EMA {
  readonly decay: number;
  readonly #weights: ReadonlyMap<string, Tensor>;
  readonly #averages: ReadonlyMap<string, Tensor>;
  #swapped = false;

  /**
   * Takes `network.namedParameters()`, or `network.namedTensors()` to average running statistics too. All have values.
   * @param decay from 0 to below 1; 0.999 where left out
   */
  constructor(weights: ReadonlyMap<string, Tensor>, { decay = 0.999 }: { decay?: number } = {}) {
    if (!(decay >= 0 && decay < 1)) throw new UserError(`EMA: decay is ${decay}; it must be from 0 to below 1`);
    this.decay = decay;
    this.#weights = new Map(weights);
    this.#averages = new Map([...weights].map(([name, weight]) => [name, copied(weight)]));
  }

  /** Whether the network holds the averages now. */
  get swapped(): boolean {
    return this.#swapped;
  }

  /**
   * Moves the averages towards the weights, with another decay than the usual one where it is given. Throws UserError while
   * they are swapped.
   */
  update(decay = this.decay): void {
    if (this.#swapped)
      throw new UserError('EMA: update() while weights and averages are swapped; call swap() before it');
    for (const { weight, average } of this.#pairs()) {
      movingAverage(weight.gpu, { value: weight.buffer, average: average.buffer, n: weight.size, decay });
    }
  }

  /** Weights and averages change places; a second call brings them back. */
  swap(): void {
    for (const { weight, average } of this.#pairs()) {
      exchangeValues(weight.gpu, { a: weight.buffer, b: average.buffer, n: weight.size });
      weight.buffer.changed();
    }
    this.#swapped = !this.#swapped;
  }

  /** The averages by the weights' names, read back. Throws UserError while they are swapped. */
  stateDict(): Promise<StateDict> {
    if (this.#swapped) throw new UserError('EMA: the averages are in the network now; call swap() before stateDict()');
    return readState(this.#averages);
  }

  /** Continues from saved averages. Throws UserError, changing nothing, unless they belong to these weights. */
  loadStateDict(state: StateDict): void {
    loadInto(this.#averages, state, {});
  }

  /** Gives back the memory of the averages. */
  dispose(): void {
    for (const average of this.#averages.values()) average.dispose();
  }

  *#pairs(): Generator<{ weight: Tensor; average: Tensor }> {
    for (const [name, weight] of this.#weights) yield { weight, average: this.#averages.get(name) as Tensor };
  }
}

function copied(weight: Tensor): Tensor {
  const average = keep(empty(weight.gpu, weight.shape, 'moving average'));
  weight.gpu.copy(weight.buffer, average.buffer, 4 * weight.size);
  return average;
}

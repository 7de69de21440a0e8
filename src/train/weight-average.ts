import { optim, type StateDict } from '../nn/index.ts';
import type { Network } from './network.ts';

/**
 * The exponential moving average of a network's weights while it trains. The first steps are forgotten sooner than `decay`
 * says, or else the random start would outweigh what a short training learns: after step t the average keeps the share
 * min(decay, (1 + t) / (10 + t)) of itself.
 */
export class WeightAverage {
  readonly #network: Network;
  readonly #average: optim.EMA;
  readonly #decay: number;

  constructor(network: Network, decay: number) {
    this.#network = network;
    this.#decay = decay;
    this.#average = new optim.EMA(network.namedParameters(), { decay });
  }

  /** Queues the update after a step, counted from 1 over the whole training. */
  update(step: number): void {
    this.#average.update(Math.min(this.#decay, (1 + step) / (10 + step)));
  }

  /** Does something while the network holds the averages. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.#average.swap();
    try {
      return await work();
    } finally {
      this.#average.swap();
    }
  }

  /** The weights that training goes on from, without the buffers of the network. */
  async trained(): Promise<StateDict> {
    return this.#parameters(await this.#network.stateDict());
  }

  /** Takes the averages out of a network's whole state. */
  load(model: StateDict): void {
    this.#average.loadStateDict(this.#parameters(model));
  }

  #parameters(state: StateDict): StateDict {
    const names = this.#network.namedParameters();
    return new Map([...state].filter(([name]) => names.has(name)));
  }

  release(): void {
    this.#average.dispose();
  }
}

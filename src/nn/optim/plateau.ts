import { UserError } from '../../util/errors.ts';

/** Options of `ReduceLROnPlateau`. */
export interface PlateauOptions {
  /** Whether the metric is to fall (`min`, where left out) or to rise. */
  mode?: 'min' | 'max';
  /** What rates are multiplied with; 0.1 where left out. */
  factor?: number;
  /** Calls without improvement that are let pass; 10 where left out. */
  patience?: number;
  /** Least improvement; 1e-4 where left out. */
  threshold?: number;
  /** Whether the threshold is a share of the best value (`rel`, where left out) or a difference. */
  thresholdMode?: 'rel' | 'abs';
  /** Calls after a reduction in which nothing is counted; 0 where left out. */
  cooldown?: number;
  /** Least rate, of all groups or one for each; 0 where left out. */
  minLr?: number | readonly number[];
  /** Least change of a rate: smaller ones are not made; 1e-8 where left out. */
  eps?: number;
}

/** All that a plateau scheduler remembers; survives JSON. */
export interface PlateauState {
  /** Null before the first call. */
  best: number | null;
  badCalls: number;
  cooldownLeft: number;
  rates: number[];
}

/** Lowers the rates when a metric has stopped to improve, as torch.optim.lr_scheduler.ReduceLROnPlateau. */
export class ReduceLROnPlateau {
  readonly #groups: readonly { lr: number }[];
  readonly #options: Required<Omit<PlateauOptions, 'minLr'>>;
  readonly #minLr: readonly number[];
  #best: number;
  #badCalls = 0;
  #cooldownLeft = 0;

  constructor({ groups }: { readonly groups: readonly { lr: number }[] }, options: PlateauOptions = {}) {
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4, thresholdMode = 'rel' } = options;
    const { cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    if (!(factor > 0 && factor < 1))
      throw new UserError(`ReduceLROnPlateau: factor is ${factor}; it must lie between 0 and 1`);
    this.#groups = groups;
    this.#options = { mode, factor, patience, threshold, thresholdMode, cooldown, eps };
    this.#best = mode === 'min' ? Infinity : -Infinity;
    this.#minLr = typeof minLr === 'number' ? groups.map(() => minLr) : minLr;
    if (this.#minLr.length !== groups.length)
      throw new UserError(`ReduceLROnPlateau: ${this.#minLr.length} least rates for ${groups.length} groups`);
  }

  /** Takes the metric of an epoch and lowers the rates if it is time. */
  step(metric: number): void {
    if (typeof metric !== 'number')
      throw new UserError('ReduceLROnPlateau: step takes a number; read a tensor with `await loss.item()`');
    const { patience, cooldown } = this.#options;
    if (this.#improves(metric)) {
      this.#best = metric;
      this.#badCalls = 0;
    } else {
      this.#badCalls++;
    }
    if (this.#cooldownLeft > 0) {
      this.#cooldownLeft--;
      this.#badCalls = 0;
    }
    if (this.#badCalls <= patience) return;
    this.#reduce();
    this.#cooldownLeft = cooldown;
    this.#badCalls = 0;
  }

  #improves(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const sign = mode === 'min' ? -1 : 1;
    const goal = thresholdMode === 'rel' ? this.#best * (1 + sign * threshold) : this.#best + sign * threshold;
    return mode === 'min' ? metric < goal : metric > goal;
  }

  #reduce(): void {
    this.#groups.forEach((group, i) => {
      const lowered = Math.max(group.lr * this.#options.factor, this.#minLr[i] as number);
      if (group.lr - lowered > this.#options.eps) group.lr = lowered;
    });
  }

  /** All that is needed to go on later, the rates included. */
  stateDict(): PlateauState {
    return {
      best: Number.isFinite(this.#best) ? this.#best : null,
      badCalls: this.#badCalls,
      cooldownLeft: this.#cooldownLeft,
      rates: this.#groups.map(({ lr }) => lr),
    };
  }

  /** Continues from a saved state, the rates included. */
  loadStateDict({ best, badCalls, cooldownLeft, rates }: PlateauState): void {
    if (rates.length !== this.#groups.length)
      throw new UserError(`ReduceLROnPlateau: a state of ${rates.length} groups for ${this.#groups.length}`);
    this.#best = best ?? (this.#options.mode === 'min' ? Infinity : -Infinity);
    this.#badCalls = badCalls;
    this.#cooldownLeft = cooldownLeft;
    this.#groups.forEach((group, i) => {
      group.lr = rates[i] as number;
    });
  }
}

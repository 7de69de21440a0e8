import { UserError } from '../../util/errors.ts';
import type { Schedule, Schedules } from './schedules.ts';

/** What a scheduler uses of an optimiser. */
export interface Scheduled {
  readonly groups: readonly { lr: number }[];
  momentum(group: number): number;
  setMomentum(group: number, value: number): void;
}

/**
 * Moves an optimiser's rates along a schedule: the optimiser has the rates of step 0 as soon as the scheduler is made, and
 * those of the next step after each `step()`.
 *
 *   const scheduler = new optim.Scheduler(optimizer, optim.stepLR({ stepSize: 30 }));
 *   for (let epoch = 0; epoch < 90; epoch++) { …; scheduler.step(); }
 *
 * Rates are functions of the position, so `scheduler.position = 40` is all that a resumed run needs.
 */
export class Scheduler {
  readonly #optimizer: Scheduled;
  readonly #schedules: readonly Schedules[];
  readonly #base: readonly { lr: number; momentum: number }[];
  #position = 0;

  /** @param schedule for all groups, from the rate that each has now, or a list with one for each group */
  constructor(optimizer: Scheduled, schedule: Schedule | Schedules | readonly (Schedule | Schedules)[]) {
    const { groups } = optimizer;
    const list = Array.isArray(schedule) ? schedule : groups.map(() => schedule);
    if (list.length !== groups.length)
      throw new UserError(`Scheduler: ${list.length} schedules for ${groups.length} groups of parameters`);
    this.#optimizer = optimizer;
    this.#schedules = list.map((each) => (typeof each === 'function' ? { lr: each } : each));
    this.#base = groups.map(({ lr }, i) => ({ lr, momentum: optimizer.momentum(i) }));
    this.#apply();
  }

  /** Steps done. Setting it sets the rates of that step. */
  get position(): number {
    return this.#position;
  }

  set position(step: number) {
    this.#position = step;
    this.#apply();
  }

  /** Goes on to the next step's rates. */
  step(): void {
    this.position++;
  }

  #apply(): void {
    this.#optimizer.groups.forEach((group, i) => {
      const { lr, momentum } = this.#schedules[i] as Schedules;
      const base = this.#base[i] as { lr: number; momentum: number };
      group.lr = lr(base.lr, this.#position);
      if (momentum) this.#optimizer.setMomentum(i, momentum(base.momentum, this.#position));
    });
  }
}

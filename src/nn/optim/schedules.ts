/**
 * Learning rates as functions of the step, with the keywords, defaults and numbers of torch.optim.lr_scheduler. They are
 * plain functions: `cosineAnnealingLR({ tMax: 100 })(0.1, 50)` is the rate of step 50 for the base rate 0.1.
 */
import { UserError } from '../../util/errors.ts';

/**
 * The value of an option in a step.
 * @param base the option's value before the first step
 * @param step counted from 0; steps may be optimiser steps or epochs, as the caller counts
 */
export type Schedule = (base: number, step: number) => number;

function atLeast(name: string, value: number, least: number): void {
  if (!(value >= least)) throw new UserError(`${name} is ${value}; it must be at least ${least}`);
}

/** The base rate times `gamma` (0.1 where left out) for every `stepSize` steps done. */
export function stepLR({ stepSize, gamma = 0.1 }: { stepSize: number; gamma?: number }): Schedule {
  atLeast('stepLR: stepSize', stepSize, 1);
  return (base, step) => base * gamma ** Math.floor(step / stepSize);
}

/** The base rate times `gamma` (0.1 where left out) for every milestone reached. */
export function multiStepLR({ milestones, gamma = 0.1 }: { milestones: readonly number[]; gamma?: number }): Schedule {
  return (base, step) => base * gamma ** milestones.filter((milestone) => step >= milestone).length;
}

/** Rises or falls linearly from `startFactor` · base (1/3) to `endFactor` · base (1) over `totalIters` steps (5). */
export function linearLR({
  startFactor = 1 / 3,
  endFactor = 1,
  totalIters = 5,
}: {
  startFactor?: number;
  endFactor?: number;
  totalIters?: number;
} = {}): Schedule {
  atLeast('linearLR: totalIters', totalIters, 0);
  return (base, step) => {
    const share = totalIters === 0 ? 1 : Math.min(step, totalIters) / totalIters;
    return base * (startFactor + (endFactor - startFactor) * share);
  };
}

/** Half a cosine from the base rate down to `etaMin` (0 where left out) in step `tMax`, and up again after it. */
export function cosineAnnealingLR({ tMax, etaMin = 0 }: { tMax: number; etaMin?: number }): Schedule {
  atLeast('cosineAnnealingLR: tMax', tMax, 1);
  return (base, step) => etaMin + ((base - etaMin) * (1 + Math.cos((Math.PI * step) / tMax))) / 2;
}

/** One schedule up to a milestone, the next one from there on, each counting its own steps from 0. */
export function sequentialLR(schedules: readonly Schedule[], milestones: readonly number[]): Schedule {
  if (schedules.length === 0 || schedules.length !== milestones.length + 1)
    throw new UserError(
      `sequentialLR: ${schedules.length} schedules need one milestone fewer, not ${milestones.length}`,
    );
  return (base, step) => {
    const passed = milestones.filter((milestone) => step >= milestone).length;
    return (schedules[passed] as Schedule)(base, step - (milestones[passed - 1] ?? 0));
  };
}

/** Rises linearly from base / steps to the base rate over the first `steps`, then does what `schedule` says. */
export function warmUp(steps: number, schedule: Schedule): Schedule {
  atLeast('warmUp: steps', steps, 0);
  return (base, step) => (step < steps ? (base * (step + 1)) / steps : schedule(base, step - steps));
}

/** Options of `oneCycleLR`. */
export interface OneCycleOptions {
  /** The peak, whatever the base rate. */
  maxLr: number;
  /** Steps of the whole cycle. */
  totalSteps: number;
  /** Share of the steps on the way up; 0.3 where left out. */
  pctStart?: number;
  /** Form of the ways up and down; `cos` where left out. */
  annealStrategy?: 'cos' | 'linear';
  /** Whether momentum falls while the rate rises, and the reverse; true where left out. */
  cycleMomentum?: boolean;
  /** Momentum at the peak; 0.85 where left out. */
  baseMomentum?: number;
  /** Momentum at both ends; 0.95 where left out. */
  maxMomentum?: number;
  /** The rate starts at maxLr / divFactor; 25 where left out. */
  divFactor?: number;
  /** The rate ends at maxLr / divFactor / finalDivFactor; 1e4 where left out. */
  finalDivFactor?: number;
  /** Whether the way down is two: symmetrical to the way up, then to the end. */
  threePhase?: boolean;
}

/** Schedules of several options of an optimiser. */
export interface Schedules {
  lr: Schedule;
  momentum?: Schedule;
}

/** Up to `maxLr` and down to almost nothing in `totalSteps` (Smith and Topin, "Super-convergence", 2018). */
export function oneCycleLR(options: OneCycleOptions): Schedules {
  const { maxLr, totalSteps, pctStart = 0.3, annealStrategy = 'cos', cycleMomentum = true } = options;
  const { baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
  atLeast('oneCycleLR: totalSteps', totalSteps, 2);
  if (!(pctStart >= 0 && pctStart <= 1))
    throw new UserError(`oneCycleLR: pctStart is ${pctStart}; it must be from 0 to 1`);
  const first = maxLr / divFactor;
  const last = first / finalDivFactor;
  const top = pctStart * totalSteps - 1;
  const ends = threePhase ? [top, 2 * top, totalSteps - 1] : [top, totalSteps - 1];
  const rates = threePhase ? [first, maxLr, first, last] : [first, maxLr, last];
  const momenta = [maxMomentum, baseMomentum, maxMomentum, maxMomentum];
  const along = (values: readonly number[]) => (_base: number, step: number) => {
    if (step > totalSteps) throw new UserError(`oneCycleLR: step ${step} lies behind the cycle of ${totalSteps} steps`);
    return piecewise(ends, values, step, annealStrategy);
  };
  return { lr: along(rates), ...(cycleMomentum && { momentum: along(momenta) }) };
}

/** The value at a step on the way through `values`, of which the one after the first is reached at `ends[0]`, and so on. */
function piecewise(ends: readonly number[], values: readonly number[], step: number, form: 'cos' | 'linear'): number {
  const phase = Math.min(ends.filter((end) => step > end).length, ends.length - 1);
  const [start, end] = [ends[phase - 1] ?? 0, ends[phase] as number];
  const [from, to] = [values[phase] as number, values[phase + 1] as number];
  const share = end === start ? 1 : (step - start) / (end - start);
  return form === 'cos' ? to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share)) : from + (to - from) * share;
}

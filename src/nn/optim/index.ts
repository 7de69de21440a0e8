/** Optimisers, schedules of their rates, and what keeps gradients and weights in bounds; named as in torch. */
export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { EMA } from './ema.ts';
export { GradScaler, type GradScalerOptions } from './grad_scaler.ts';
export type { Group, Optimised, ParameterGroup, ParameterSet } from './groups.ts';
export { type CommonOptions, type Due, Optimizer, type Slot, type StepOptions, type UpdateRule } from './optimizer.ts';
export { type PlateauOptions, type PlateauState, ReduceLROnPlateau } from './plateau.ts';
export { Scheduler } from './scheduler.ts';
export {
  cosineAnnealingLR,
  linearLR,
  multiStepLR,
  type OneCycleOptions,
  oneCycleLR,
  type Schedule,
  type Schedules,
  sequentialLR,
  stepLR,
  warmUp,
} from './schedules.ts';
export { SGD, type SGDOptions } from './sgd.ts';

import type { Operation } from '../task.ts';
import { scoreCamOfPicture } from './explanations.ts';
import { LAYERS } from './layers.ts';
import { model, trainSteps } from './networks.ts';
import { OPTIMIZER_STEPS } from './optimizers.ts';

/** The operations of conformance files, by name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...LAYERS,
  ...OPTIMIZER_STEPS,
  model,
  train_steps: trainSteps,
  score_cam: scoreCamOfPicture,
};

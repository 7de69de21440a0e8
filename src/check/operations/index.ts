import type { Operation } from '../task.ts';
import { ARRAYS } from './arrays.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { EXPLANATIONS } from './explanations.ts';
import { LAYERS } from './layers.ts';
import { LOSSES } from './losses.ts';
import { model, trainSteps } from './networks.ts';
import { OPTIMIZER_STEPS } from './optimizers.ts';
import { PICTURES } from './pictures.ts';
import { kerber2023Case } from './pipeline.ts';
import { VOLUMES } from './volumes.ts';

/** The operations of conformance files, by name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...ELEMENTWISE,
  ...ARRAYS,
  ...LAYERS,
  ...LOSSES,
  ...OPTIMIZER_STEPS,
  ...VOLUMES,
  ...PICTURES,
  ...EXPLANATIONS,
  model,
  train_steps: trainSteps,
  kerber2023: kerber2023Case,
};

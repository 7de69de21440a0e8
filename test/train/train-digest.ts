import type { Gpu } from '../../src/gpu/index.ts';
import type { Checkpoint } from '../../src/train/checkpoint.ts';
import { type FoldHooks, type FoldResult, trainFold } from '../../src/train/fold.ts';
import { assignFolds, splitFold } from '../../src/train/folds.ts';
import { tinyConfig, tinyData } from './tiny.ts';

/** A short training of ResNet-18 on made-up pictures, the same on every host; `train` are settings of its own. */
export function trainTiny(
  gpu: Gpu,
  seed: number,
  hooks: FoldHooks = {},
  resume: Checkpoint | null = null,
  train: object = {},
  detectAnomaly = false,
): Promise<FoldResult> {
  const config = tinyConfig(seed, train);
  const { pictures, subjects } = tinyData(20, config.picture, 7);
  const split = splitFold(subjects, assignFolds(subjects, config.folds, seed), 0, config.train.validation, seed);
  return trainFold({ gpu, config, pictures, subjects, split, fold: 0, resume, detectAnomaly, hooks });
}

/** SHA-256 of the weights after that training: equal wherever the adapter and its driver are the same. */
export async function trainDigest(gpu: Gpu, seed: number): Promise<string> {
  return (await trainTiny(gpu, seed)).weightsSha256;
}

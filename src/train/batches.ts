import { randomStream } from '../util/random.ts';
import { augment } from './augment.ts';
import type { AugmentSettings } from './config.ts';
import { type Pictures, pictureAt } from './pictures.ts';

/** Steps of an epoch: whole batches only, so that every step has the same shape; at least one. */
export function stepsPerEpoch(count: number, batch: number): number {
  return Math.max(1, Math.floor(count / batch));
}

/**
 * The rows of every batch of an epoch: a new order each epoch, of which the last incomplete batch is left out. With fewer
 * rows than a batch holds, rows are repeated to fill it.
 */
export function epochBatches(
  rows: readonly number[],
  batch: number,
  seed: number,
  fold: number,
  epoch: number,
): number[][] {
  const order = randomStream(seed, 'order', fold, epoch).permutation(rows.length);
  return Array.from({ length: stepsPerEpoch(rows.length, batch) }, (_, step) =>
    Array.from({ length: batch }, (_, i) => rows[order[(step * batch + i) % rows.length] as number] as number),
  );
}

export interface AugmentKey {
  seed: number;
  fold: number;
  epoch: number;
}

/** Writes the pictures of one batch into `target`, each changed by draws that belong to (seed, fold, epoch, row, place). */
export function fillBatch(
  pictures: Pictures,
  rows: readonly number[],
  settings: AugmentSettings,
  key: AugmentKey,
  target: Float32Array,
): void {
  const size = pictures.side * pictures.side;
  rows.forEach((row, i) => {
    const stream = randomStream(key.seed, 'augment', key.fold, key.epoch, row, i);
    augment(pictureAt(pictures, row), pictures.side, settings, stream, target.subarray(i * size, (i + 1) * size));
  });
}

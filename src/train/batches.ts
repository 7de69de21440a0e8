import { randomStream } from '../util/random.ts';

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

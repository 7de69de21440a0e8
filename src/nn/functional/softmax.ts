import { forRange } from '../autocast.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { softmaxed } from './softmaxed.ts';

/** exp(x) / Σ exp(x), the sum along axis `dim`; of large numbers as well as of small ones. −∞ has no share. */
export function softmax(x: Tensor, dim: number): Tensor {
  return scope(() => softmaxed('softmax', forRange(x), dim, {}));
}

/** The logarithm of the softmax along axis `dim`. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return scope(() => softmaxed('log_softmax', forRange(x), dim, { log: true }));
}

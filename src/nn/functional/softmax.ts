import { type SoftmaxOptions, softmaxBackward, softmaxForward } from '../../kernels/softmax/softmax.ts';
import { forRange } from '../autocast.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectReal } from './expect.ts';
import { linesAlong } from './reduce.ts';

type Variant = Omit<SoftmaxOptions, 'lines'>;

function softmaxed(name: string, x: Tensor, dim: number, variant: Variant): Tensor {
  const dtype = expectReal(name, { x });
  const { gpu } = x;
  const lines = linesAlong(name, x.shape, dim);
  const y = empty(gpu, x.shape, name, dtype);
  const output = y.buffer;
  softmaxForward(gpu, { x: x.buffer, y: output, lines, ...variant });
  return operation(y, {
    name,
    inputs: [x],
    saved: [output],
    backward(gy) {
      const gx = gpu.allocNumbers(y.size, `${name} gradient`, dtype);
      softmaxBackward(gpu, { y: output, gy, gx, lines, log: variant.log });
      return [gx];
    },
  });
}

/** exp(x) / Σ exp(x), the sum along axis `dim`; of large numbers as well as of small ones. −∞ has no share. */
export function softmax(x: Tensor, dim: number): Tensor {
  return scope(() => softmaxed('softmax', forRange(x), dim, {}));
}

/** The logarithm of the softmax along axis `dim`. */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  return scope(() => softmaxed('log_softmax', forRange(x), dim, { log: true }));
}

/**
 * Shares of keys for each query, from scores [..., queries, keys]. A query that sees none, because all its scores are −∞, has
 * zeros. With `isCausal` query i sees the keys 0 … i.
 */
export function attentionShares(scores: Tensor, isCausal: boolean): Tensor {
  const attention = { queries: isCausal ? scores.shape.at(-2) : undefined };
  return scope(() => softmaxed('attention shares', forRange(scores), -1, { attention }));
}

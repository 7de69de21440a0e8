import { UserError } from '../../util/errors.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './reshape.ts';

/**
 * Runs an operation that wants `rank` axes, the first being the batch, also on a tensor that lacks the batch, as torch does:
 * it gets a batch of one, which its result loses again.
 */
export function withBatch(name: string, x: Tensor, rank: number, run: (x: Tensor) => Tensor): Tensor {
  if (x.shape.length === rank) return run(x);
  if (x.shape.length !== rank - 1) {
    throw new UserError(
      `${name}: x has shape ${formatShape(x.shape)}; it must have ${rank} axes, or ${rank - 1} without a batch`,
    );
  }
  return scope(() => {
    const y = run(reshape(x, [1, ...x.shape]));
    return reshape(y, y.shape.slice(1));
  });
}

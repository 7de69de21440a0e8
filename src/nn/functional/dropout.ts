import { dropoutBegin, dropoutMask } from '../../kernels/dropout/dropout.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectReal } from './expect.ts';

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Share of elements that become 0; the others are divided by 1 − p. */
  p: number;
  /** u32 [3]: key (two words) and number of the next pass, which counts itself up. */
  state: Tensor;
}

/**
 * Dropout of training. Which elements fall is a function of the state's key and pass and of their places: element i falls
 * where word i mod 4 of Philox4x32-10 at (⌊i / 4⌋, pass, 0, 0) is below p · 2³².
 */
export function dropout(x: Tensor, { p, state }: DropoutOptions): Tensor {
  const dtype = expectReal('dropout', { x });
  if (!(p >= 0 && p <= 1)) throw new UserError(`dropout: p is ${p}; it must be from 0 to 1`);
  if (state.dtype !== 'u32' || state.size !== 3)
    throw new UserError(`dropout: its state holds ${state.size} × ${state.dtype}; it must hold 3 × u32`);
  const { gpu, size: n } = x;
  const draw = gpu.alloc(12, 'dropout draw');
  dropoutBegin(gpu, { state: state.buffer, draw });
  const y = empty(gpu, x.shape, 'dropout', dtype);
  dropoutMask(gpu, { x: x.buffer, draw, y: y.buffer, n, p });
  const result = operation(y, {
    name: 'dropout',
    inputs: [x],
    saved: [draw],
    backward(gy) {
      const gx = gpu.allocNumbers(n, 'dropout gradient', dtype);
      dropoutMask(gpu, { x: gy, draw, y: gx, n, p });
      return [gx];
    },
  });
  draw.release();
  return result;
}

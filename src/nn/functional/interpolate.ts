import { interpolateBackward, interpolateForward } from '../../kernels/interpolate/interpolate.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { pair } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectRank, expectReal } from './expect.ts';

export interface InterpolateOptions {
  /** `nearest` where left out. */
  mode?: 'nearest' | 'bilinear';
  /** Bilinear: the corner pixels' centres stay where they are; false where left out. */
  alignCorners?: boolean;
}

/** Pictures in another size, as torch.nn.functional.interpolate: x [batch, channels, height, width]. */
export function interpolate(
  x: Tensor,
  size: number | [number, number],
  { mode = 'nearest', alignCorners = false }: InterpolateOptions = {},
): Tensor {
  expectReal('interpolate', { x });
  expectRank('interpolate', 'x', x, 'batch, channels, height, width');
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [outHeight, outWidth] = pair(size);
  if (![height, width, outHeight, outWidth].every((each) => Number.isSafeInteger(each) && each >= 1 && each < 65536)) {
    throw new UserError(
      `interpolate: from ${height} × ${width} to ${outHeight} × ${outWidth} pixels; sizes must be whole numbers from 1 to 65535`,
    );
  }
  const shape = { planes: batch * channels, height, width, outHeight, outWidth, mode, alignCorners };
  const { gpu } = x;
  const y = empty(gpu, [batch, channels, outHeight, outWidth], 'interpolate', x.dtype);
  interpolateForward(gpu, { x: x.buffer, y: y.buffer, shape });
  return operation(y, {
    name: 'interpolate',
    inputs: [x],
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'interpolate gradient', gy.scalar);
      interpolateBackward(gpu, { gy, gx, shape });
      return [gx];
    },
  });
}

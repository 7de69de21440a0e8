import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { axisOf, formatShape, type Shape, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/** The same elements in another shape, on the same memory. One size may be −1: it is computed from the others. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (!Array.isArray(shape))
    throw new UserError(`reshape: the shape is ${shape}; it must be a list of sizes such as [2, 3]`);
  const known = sizeOf(shape.filter((size) => size !== -1));
  const free = shape.filter((size) => size === -1).length;
  const filled = shape.map((size) => (size === -1 ? x.size / known : size));
  if (free > 1 || filled.some((size) => !Number.isSafeInteger(size) || size < 0) || sizeOf(filled) !== x.size) {
    throw new UserError(`reshape: ${formatShape(x.shape)} with ${x.size} elements does not fill ${formatShape(shape)}`);
  }
  const y = new Tensor(x.gpu, filled, x.buffer.retain(), x.dtype);
  return operation(y, { name: 'reshape', inputs: [x], backward: (gy) => [gy.retain()] });
}

/** Joins the axes from `startDim` to `endDim` into one, as torch.flatten. */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  const rank = x.shape.length;
  if (rank === 0) return reshape(x, [1]);
  const start = axisOf('flatten', startDim, rank);
  const end = axisOf('flatten', endDim, rank);
  if (start > end)
    throw new UserError(`flatten: start axis ${startDim} lies behind end axis ${endDim} of ${formatShape(x.shape)}`);
  return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)]);
}

/** Copies of a tensor with its axes in another order, cut, repeated or padded. Tensors are contiguous: there are no views. */
import { embed, gather, stridesOf, type Walk } from '../../kernels/strided/strided.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { axisOf, broadcastShape, checkShape, formatShape, type Shape, sameShape } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { sumToShape } from './axes.ts';
import { expectReal } from './expect.ts';
import { reshape } from './reshape.ts';

function walked(name: string, x: Tensor, walk: Walk): Tensor {
  const y = empty(x.gpu, walk.shape, name, x.dtype);
  gather(x.gpu, { x: x.buffer, y: y.buffer, walk });
  return y;
}

/** The axes in another order, as torch.permute: axis i of the result is axis dims[i] of x. */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  expectReal('permute', { x });
  const { gpu } = x;
  const rank = x.shape.length;
  const axes = dims.map((axis) => axisOf('permute', axis, rank));
  if (axes.length !== rank || new Set(axes).size !== rank) {
    throw new UserError(
      `permute: [${dims.join(', ')}] must name each of the ${rank} axes of ${formatShape(x.shape)} once`,
    );
  }
  const shape = axes.map((axis) => x.shape[axis] as number);
  const strides = stridesOf(x.shape);
  const y = walked('permute', x, { shape, steps: axes.map((axis) => strides[axis] as number), start: 0 });
  const back = stridesOf(shape);
  const steps = x.shape.map((_, axis) => back[axes.indexOf(axis)] as number);
  return operation(y, {
    name: 'permute',
    inputs: [x],
    attributes: { axes },
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'permute gradient', gy.scalar);
      gather(gpu, { x: gy, y: gx, walk: { shape: x.shape, steps, start: 0 } });
      return [gx];
    },
  });
}

/** x repeated along axes of size 1 and along new ones in front, as torch.expand. −1 keeps an axis. */
export function expand(x: Tensor, shape: Shape): Tensor {
  expectReal('expand', { x });
  const { gpu } = x;
  const extra = shape.length - x.shape.length;
  const filled = shape.map((size, axis) => (size === -1 && axis >= extra ? (x.shape[axis - extra] as number) : size));
  checkShape('expand', filled);
  if (!sameShape(broadcastShape('expand', x.shape, filled), filled)) {
    throw new UserError(`expand: ${formatShape(x.shape)} cannot be repeated to ${formatShape(filled)}`);
  }
  if (sameShape(x.shape, filled)) return reshape(x, filled);
  const strides = stridesOf(x.shape);
  const steps = filled.map((_, axis) =>
    axis < extra || x.shape[axis - extra] === 1 ? 0 : (strides[axis - extra] as number),
  );
  const y = walked('expand', x, { shape: filled, steps, start: 0 });
  const from = x.shape;
  return operation(y, {
    name: 'expand',
    inputs: [x],
    backward: (gy) => [sumToShape(gpu, gy.retain(), filled, from)],
  });
}

/** Elements start, start + step, … before stop of one axis; what is left out or null reaches to the end. */
export interface Range {
  /** Negative ones count from the end. */
  start?: number | null | undefined;
  stop?: number | null | undefined;
  /** At least 1. */
  step?: number | null | undefined;
}

/** A range on an axis of `size`: its first element, their distance and number. */
function rangeOn(
  size: number,
  axis: number,
  { start, stop, step }: Range,
): { first: number; step: number; count: number } {
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const [from, to, by] = [bound(start ?? 0), bound(stop ?? size), step ?? 1];
  if (![from, to, by].every(Number.isSafeInteger) || by < 1) {
    throw new UserError(
      `slice: start ${start ?? 'none'}, stop ${stop ?? 'none'}, step ${by} on axis ${axis}; they must be whole numbers, the step at least 1`,
    );
  }
  return { first: from, step: by, count: Math.max(0, Math.ceil((to - from) / by)) };
}

/** Part of a tensor: a range of indices for each axis from the first on, null for all of one: x[2:7, :, ::2]. */
export function slice(x: Tensor, ranges: readonly (Range | null)[]): Tensor {
  expectReal('slice', { x });
  const { gpu } = x;
  if (ranges.length > x.shape.length) {
    throw new UserError(`slice: ${ranges.length} ranges for the ${x.shape.length} axes of ${formatShape(x.shape)}`);
  }
  const along = x.shape.map((size, axis) => rangeOn(size, axis, ranges[axis] ?? {}));
  const shape = along.map(({ count }) => count);
  const strides = stridesOf(x.shape);
  const steps = along.map(({ step }, axis) => step * (strides[axis] as number));
  const start = along.reduce((sum, { first }, axis) => sum + first * (strides[axis] as number), 0);
  const y = walked('slice', x, { shape, steps, start });
  const embedding = {
    inner: shape,
    shape: x.shape,
    starts: along.map(({ first }) => first),
    steps: along.map(({ step }) => step),
  };
  return operation(y, {
    name: 'slice',
    inputs: [x],
    attributes: { starts: embedding.starts, steps: embedding.steps },
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'slice gradient', gy.scalar);
      embed(gpu, { x: gy, y: gx, embedding });
      return [gx];
    },
  });
}

/**
 * x with `value` (0 where left out) around it, as torch.nn.functional.pad: pairs of numbers of elements before and after,
 * for the last axis first. Negative numbers cut.
 */
export function pad(x: Tensor, padding: readonly number[], { value = 0 }: { value?: number } = {}): Tensor {
  expectReal('pad', { x });
  const { gpu } = x;
  const rank = x.shape.length;
  if (padding.length % 2 !== 0 || padding.length > 2 * rank || !padding.every(Number.isSafeInteger)) {
    throw new UserError(
      `pad: [${padding.join(', ')}] must be pairs of whole numbers, at most one for each of the ${rank} axes of ${formatShape(x.shape)}`,
    );
  }
  const before = x.shape.map((_, axis) => padding[2 * (rank - 1 - axis)] ?? 0);
  const after = x.shape.map((_, axis) => padding[2 * (rank - 1 - axis) + 1] ?? 0);
  const shape = x.shape.map((size, axis) => size + (before[axis] as number) + (after[axis] as number));
  if (shape.some((size) => size < 0)) {
    throw new UserError(`pad: [${padding.join(', ')}] cuts more from ${formatShape(x.shape)} than there is`);
  }
  const y = empty(gpu, shape, 'pad', x.dtype);
  embed(gpu, { x: x.buffer, y: y.buffer, embedding: { inner: x.shape, shape, starts: before, value } });
  const starts = before.map((size) => -size);
  return operation(y, {
    name: 'pad',
    inputs: [x],
    attributes: { before, after, value },
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'pad gradient', gy.scalar);
      embed(gpu, { x: gy, y: gx, embedding: { inner: shape, shape: x.shape, starts } });
      return [gx];
    },
  });
}

import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { binaryForward, broadcast } from '../../kernels/elementwise/binary.ts';
import type { Lines } from '../../kernels/lines/lines.ts';
import { pickBackward, pickForward, reduceGreatest } from '../../kernels/reduce/max.ts';
import { reduceSum } from '../../kernels/reduce/sum.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { operation } from '../autograd.ts';
import { axisOf, formatShape, type Shape } from '../shape.ts';
import { empty, Tensor } from '../tensor.ts';
import { linesAlong } from './axes.ts';
import { expectReal } from './expect.ts';

/** Options of `max`. */
export interface MaxOptions {
  /** The axis, counted from the end where negative. */
  dim: number;
  /** Keep it with size 1. */
  keepdim?: boolean;
}

/**
 * The greatest element as torch.max: of all, or along an axis, then with the places on the axis where they are found, as
 * int32. Among equal ones the first is taken and gets the gradient; the maximum of all shares its gradient evenly among them.
 * NaN counts as greater than all numbers.
 */
export function max(x: Tensor): Tensor;
export function max(x: Tensor, options: MaxOptions): { values: Tensor; indices: Tensor };
export function max(x: Tensor, options?: MaxOptions): Tensor | { values: Tensor; indices: Tensor } {
  expectReal('max', { x });
  if (options) checkOptions('max', options, ['dim', 'keepdim']);
  return options ? maxAlong(x, options) : maxOfAll(x);
}

function refuseEmpty(x: Tensor, { n }: Lines): void {
  if (n > 0) return;
  throw new UserError(`max: an axis of ${formatShape(x.shape)} is empty and has no greatest element`);
}

/** Places and elements of the greatest of each line. */
function greatest(x: Tensor, lines: Lines, shape: Shape): { values: Tensor; index: GpuBuffer } {
  refuseEmpty(x, lines);
  const { gpu } = x;
  const index = gpu.alloc(4 * lines.outer * lines.inner, 'max index');
  const values = empty(gpu, shape, 'max', x.dtype);
  reduceGreatest(gpu, { x: x.buffer, index, lines });
  pickForward(gpu, { x: x.buffer, index, y: values.buffer, lines });
  return { values, index };
}

function maxAlong(x: Tensor, { dim, keepdim = false }: MaxOptions): { values: Tensor; indices: Tensor } {
  const { gpu } = x;
  const lines = linesAlong('max', x.shape, dim);
  const axis = x.shape.length === 0 ? 0 : axisOf('max', dim, x.shape.length);
  const shape = x.shape.toSpliced(axis, 1, ...(keepdim && x.shape.length > 0 ? [1] : []));
  const { values, index } = greatest(x, lines, shape);
  operation(values, {
    name: 'max',
    inputs: [x],
    attributes: x.shape.length > 0 ? { axes: [axis], keepdim } : {},
    saved: [index],
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'max gradient', gy.scalar);
      pickBackward(gpu, { gy, index, gx, lines });
      return [gx];
    },
  });
  return { values, indices: new Tensor(gpu, shape, index, 'i32') };
}

function maxOfAll(x: Tensor): Tensor {
  const { gpu, size } = x;
  const { values, index } = greatest(x, { outer: 1, n: size, inner: 1 }, []);
  index.release();
  const [input, output] = [x.buffer, values.buffer];
  return operation(values, {
    name: 'max',
    inputs: [x],
    saved: [input, output],
    backward: (gy) => [sharedEvenly(gpu, input, output, gy, size)],
  });
}

/** gy / count where x equals its greatest element, 0 elsewhere; count is how often it does. */
function sharedEvenly(gpu: Gpu, x: GpuBuffer, most: GpuBuffer, gy: GpuBuffer, size: number): GpuBuffer {
  const buffer = (n: number) => gpu.allocNumbers(n, 'max gradient', gy.scalar);
  const [equal, count, share, gx] = [buffer(size), buffer(1), buffer(1), buffer(size)];
  const walk = broadcast([size], [], [size]);
  binaryForward(gpu, 'equal', { a: x, b: most, y: equal, shape: walk });
  reduceSum(gpu, { x: equal, y: count, outer: 1, n: size, inner: 1 });
  binaryForward(gpu, 'div', { a: gy, b: count, y: share, shape: broadcast([1], [1], [1]) });
  binaryForward(gpu, 'mul', { a: equal, b: share, y: gx, shape: walk });
  for (const each of [equal, count, share]) each.release();
  return gx;
}

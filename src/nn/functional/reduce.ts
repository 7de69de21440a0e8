/** Sums and means along axes. */
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { forRange } from '../autocast.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { axisOf, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { repeat, sumAxes } from './axes.ts';
import { expectReal } from './expect.ts';

/** Axes of `sum` and `mean`. */
export interface ReduceOptions {
  /** Axes to sum over, negative ones counted from the end; all where left out. */
  dim?: number | readonly number[];
  /** Keep summed axes with size 1. */
  keepdim?: boolean;
}

/** Sum of the elements, or of those along some axes. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return scope(() => reduce('sum', forRange(x), options, () => 1));
}

/** Mean of the elements, or of those along some axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return scope(() => reduce('mean', forRange(x), options, (count) => 1 / count));
}

function reduce(name: string, x: Tensor, options: ReduceOptions, scaleOf: (count: number) => number): Tensor {
  const dtype = expectReal(name, { x });
  if (typeof options !== 'object')
    throw new UserError(`${name}: its options are ${options}; axes are named as in { dim: ${options} }`);
  checkOptions(name, options, ['dim', 'keepdim']);
  const { dim, keepdim = false } = options;
  const { gpu } = x;
  const rank = x.shape.length;
  const axes = new Set(
    dim === undefined ? x.shape.keys() : [dim].flat().map((axis) => axisOf(name, axis as number, rank)),
  );
  const kept = x.shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  const shape = keepdim ? kept : x.shape.filter((_, axis) => !axes.has(axis));
  const scale = scaleOf(x.size / sizeOf(kept));
  const y = new Tensor(gpu, shape, sumAxes(gpu, x.buffer.retain(), x.shape, axes, scale), dtype);
  return operation(y, {
    name,
    inputs: [x],
    attributes: { axes: [...axes], keepdim },
    backward: (gy) => [repeat(gpu, gy, kept, x.shape, scale)],
  });
}

import * as F from '../../nn/functional/index.ts';
import type { Tensor } from '../../nn/tensor.ts';
import type { Params } from '../params.ts';
import type { Operation } from '../task.ts';
import { differentiable, variadic } from './differentiable.ts';
import { sliceRanges } from './slices.ts';

/** torch's other names for the same keyword. */
const spelled = (params: Params, name: string, other: string) => (params.has(name) ? name : other);

/** Axes of a reduction; none and an empty list are all of them. */
function axes(params: Params): F.ReduceOptions {
  const name = spelled(params, 'dim', 'axis');
  const dim = params.has(name) ? params.numbers(name) : [];
  return { dim: dim.length > 0 ? dim : undefined, keepdim: keepdim(params) };
}

const keepdim = (params: Params): boolean => params.boolean(spelled(params, 'keepdim', 'keepdims'), false);

/** The axis of a softmax. Without one torch takes the first of one or three axes (or of none), else the second. */
function softmaxAxis(x: Tensor, params: Params): number {
  params.ignore('_stacklevel');
  return params.number('dim', [0, 1, 3].includes(x.shape.length) ? 0 : 1);
}

/** Whether an output's name in the file means the places of maxima. */
const isPlaces = (name: string) => /^(ind|arg)/.test(name);

function maxima(x: Tensor, params: Params, outputs: readonly string[]): Tensor | Record<string, Tensor> {
  const name = spelled(params, 'dim', 'axis');
  if (!params.has(name)) return F.max(x);
  const [dim = 0] = params.numbers(name);
  const { values, indices } = F.max(x, { dim, keepdim: keepdim(params) });
  const valuesName = outputs.find((output) => !isPlaces(output)) ?? 'values';
  return { [valuesName]: values, [outputs.find(isPlaces) ?? 'indices']: indices };
}

function padded(x: Tensor, params: Params): Tensor {
  params.only('mode', 'constant');
  return F.pad(x, params.numbers(spelled(params, 'pad', 'padding')), { value: params.number('value', 0) });
}

/** Sums, products and rearrangements of tensors, under the names and with the keywords of torch. */
export const ARRAYS: Readonly<Record<string, Operation>> = {
  sum: differentiable(['x'], ({ x }, params) => F.sum(x, axes(params))),
  mean: differentiable(['x'], ({ x }, params) => F.mean(x, axes(params))),
  max: differentiable(['x'], ({ x }, params, outputs) => maxima(x, params, outputs)),
  softmax: differentiable(['x'], ({ x }, params) => F.softmax(x, softmaxAxis(x, params))),
  log_softmax: differentiable(['x'], ({ x }, params) => F.logSoftmax(x, softmaxAxis(x, params))),
  matmul: differentiable(['input', 'other'], ({ input, other }) => F.matmul(input, other)),
  reshape: differentiable(['x'], ({ x }, params) => F.reshape(x, params.numbers('shape'))),
  permute: differentiable(['x'], ({ x }, params) => F.permute(x, params.numbers('dims'))),
  slice: differentiable(['x'], ({ x }, params) => F.slice(x, sliceRanges(x.shape.length, params))),
  pad: differentiable(['x'], ({ x }, params) => padded(x, params)),
  cat: variadic((tensors, params) => F.cat(tensors, params.number(spelled(params, 'dim', 'axis'), 0))),
};

import { add, div, exp, log, mul, relu, sigmoid, softplus, sqrt, sub, tanh } from '../../nn/functional/elementwise.ts';
import { mean, type ReduceOptions, sum } from '../../nn/functional/reduce.ts';
import type { Params } from '../params.ts';
import type { Operation } from '../task.ts';
import { differentiable } from './differentiable.ts';

function reduction(params: Params): ReduceOptions {
  return { dim: params.has('dim') ? params.numbers('dim') : undefined, keepdim: params.boolean('keepdim', false) };
}

/** Operations of the engine with gradients, under the names and with the keywords of torch.nn.functional. */
export const LAYERS: Readonly<Record<string, Operation>> = {
  relu: differentiable(['x'], ({ x }) => relu(x)),
  exp: differentiable(['x'], ({ x }) => exp(x)),
  log: differentiable(['x'], ({ x }) => log(x)),
  sqrt: differentiable(['x'], ({ x }) => sqrt(x)),
  sigmoid: differentiable(['x'], ({ x }) => sigmoid(x)),
  tanh: differentiable(['x'], ({ x }) => tanh(x)),
  softplus: differentiable(['x'], ({ x }) => softplus(x)),
  add: differentiable(['input', 'other'], ({ input, other }) => add(input, other)),
  sub: differentiable(['input', 'other'], ({ input, other }) => sub(input, other)),
  mul: differentiable(['input', 'other'], ({ input, other }) => mul(input, other)),
  div: differentiable(['input', 'other'], ({ input, other }) => div(input, other)),
  sum: differentiable(['x'], ({ x }, params) => sum(x, reduction(params))),
  mean: differentiable(['x'], ({ x }, params) => mean(x, reduction(params))),
};

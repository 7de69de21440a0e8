import * as F from '../../nn/functional/index.ts';
import { tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Params } from '../params.ts';
import type { Operation } from '../task.ts';
import { differentiable, variadic } from './differentiable.ts';

/** Operations of the engine with gradients, under the names and with the keywords of torch.nn.functional. */
export const LAYERS: Readonly<Record<string, Operation>> = {
  conv2d: differentiable(['x', 'weight', 'bias?'], ({ x, weight, bias }, params) =>
    F.conv2d(x, weight, { bias, ...convolution(params) }),
  ),
  linear: differentiable(['x', 'weight', 'bias?'], ({ x, weight, bias }) => F.linear(x, weight, bias)),
  batch_norm: differentiable(['x', 'weight', 'bias', 'running_mean', 'running_var'], (operands, params) => {
    const { x, weight, bias, running_mean, running_var } = operands;
    const y = F.batchNorm(x, {
      weight,
      bias,
      runningMean: running_mean,
      runningVar: running_var,
      ...normalization(params),
    });
    return { y, running_mean, running_var };
  }),
  relu: differentiable(['x'], ({ x }) => F.relu(x)),
  exp: differentiable(['x'], ({ x }) => F.exp(x)),
  log: differentiable(['x'], ({ x }) => F.log(x)),
  sqrt: differentiable(['x'], ({ x }) => F.sqrt(x)),
  sigmoid: differentiable(['x'], ({ x }) => F.sigmoid(x)),
  tanh: differentiable(['x'], ({ x }) => F.tanh(x)),
  softplus: differentiable(['x'], ({ x }, params) => {
    params.only('beta', 1);
    params.only('threshold', 20);
    return F.softplus(x);
  }),
  add: differentiable(['input', 'other'], ({ input, other }) => F.add(input, other)),
  sub: differentiable(['input', 'other'], ({ input, other }) => F.sub(input, other)),
  mul: differentiable(['input', 'other'], ({ input, other }) => F.mul(input, other)),
  div: differentiable(['input', 'other'], ({ input, other }) => F.div(input, other)),
  sum: differentiable(['x'], ({ x }, params) => F.sum(x, axes(params))),
  mean: differentiable(['x'], ({ x }, params) => F.mean(x, axes(params))),
  reshape: differentiable(['x'], ({ x }, params) => F.reshape(x, params.numbers('shape'))),
  cat: variadic((tensors, params) => F.cat(tensors, params.number('dim', 0))),
  dropout: differentiable(['x'], ({ x }, params) => {
    if (!params.boolean('training', true)) return F.reshape(x, x.shape);
    const [key0 = 0, key1 = 0] = params.numbers('key');
    const state = tensor(x.gpu, Uint32Array.of(key0, key1, params.number('pass')), [3]);
    return F.dropout(x, { p: params.number('p', 0.5), state });
  }),
  max_pool2d: differentiable(['x'], ({ x }, params) => {
    const dilation = params.pair('dilation', 1);
    return F.maxPool2d(x, params.pair('kernel_size'), { ...window(params), dilation });
  }),
  avg_pool2d: differentiable(['x'], ({ x }, params) => {
    const countIncludePad = params.boolean('count_include_pad', true);
    return F.avgPool2d(x, params.pair('kernel_size'), { ...window(params), countIncludePad });
  }),
  adaptive_avg_pool2d: differentiable(['x'], ({ x }, params) => F.adaptiveAvgPool2d(x, params.pair('output_size'))),
  interpolate: differentiable(['x'], ({ x }, params) => F.interpolate(x, { size: params.pair('size'), ...resampling(params) })),
  gaussian_nll_loss: differentiable(['input', 'target', 'var'], ({ input, target, var: variance }, params) => {
    const options = { full: params.boolean('full', false), eps: params.number('eps', 1e-6) };
    return F.gaussianNllLoss(input, target, variance, { ...options, reduction: reduction(params) });
  }),
  mse_loss: differentiable(['input', 'target'], ({ input, target }, params) =>
    F.mseLoss(input, target, { reduction: reduction(params) }),
  ),
  l1_loss: differentiable(['input', 'target'], ({ input, target }, params) =>
    F.l1Loss(input, target, { reduction: reduction(params) }),
  ),
  smooth_l1_loss: differentiable(['input', 'target'], ({ input, target }, params) => {
    return F.smoothL1Loss(input, target, { beta: params.number('beta', 1), reduction: reduction(params) });
  }),
};

function convolution(params: Params): F.Conv2dOptions {
  const [stride, padding, dilation] = [params.pair('stride', 1), params.pair('padding', 0), params.pair('dilation', 1)];
  return { stride, padding, dilation, groups: params.number('groups', 1) };
}

function window(params: Params): F.Pool2dOptions {
  return {
    stride: params.has('stride') ? params.pair('stride') : params.pair('kernel_size'),
    padding: params.pair('padding', 0),
    ceilMode: params.boolean('ceil_mode', false),
  };
}

function resampling(params: Params): F.InterpolateOptions {
  const mode = params.text('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'bilinear')
    throw new UserError(`params: mode is "${mode}", not nearest or bilinear`);
  return { mode, alignCorners: params.boolean('align_corners', false) };
}

function normalization(params: Params) {
  return {
    training: params.boolean('training', false),
    momentum: params.number('momentum', 0.1),
    eps: params.number('eps', 1e-5),
  };
}

function axes(params: Params): F.ReduceOptions {
  return { dim: params.has('dim') ? params.numbers('dim') : undefined, keepdim: params.boolean('keepdim', false) };
}

function reduction(params: Params): F.Reduction {
  const value = params.text('reduction', 'mean');
  if (value !== 'mean' && value !== 'sum' && value !== 'none')
    throw new UserError(`params: reduction is "${value}", not mean, sum or none`);
  return value;
}

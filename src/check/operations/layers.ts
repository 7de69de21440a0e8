import * as F from '../../nn/functional/index.ts';
import { tensor } from '../../nn/tensor.ts';
import type { Values } from '../case.ts';
import type { Params } from '../params.ts';
import type { Operation } from '../task.ts';
import { differentiable } from './differentiable.ts';

/** What layers compute, under the names and with the keywords of torch.nn.functional. */
export const LAYERS: Readonly<Record<string, Operation>> = {
  conv2d: differentiable(['x', 'weight', 'bias?'], ({ x, weight, bias }, params) => {
    const padding = typeof params.any('padding') === 'string' ? params.choice('padding', ['same', 'valid']) : null;
    return F.conv2d(x, weight, { bias, ...convolution(params), padding: padding ?? params.pair('padding', 0) });
  }),
  conv_transpose2d: differentiable(['x', 'weight', 'bias?'], ({ x, weight, bias }, params) => {
    const outputPadding = params.pair('output_padding', 0);
    const padding = params.pair('padding', 0);
    return F.convTranspose2d(x, weight, { bias, ...convolution(params), padding, outputPadding });
  }),
  linear: differentiable(['x', 'weight', 'bias?'], ({ x, weight, bias }) => F.linear(x, weight, bias)),
  batch_norm: differentiable(['x', 'weight?', 'bias?', 'running_mean?', 'running_var?'], (operands, params) => {
    // A file may hold all of them as F16; parameters and statistics are f32 here.
    const [weight, bias, runningMean, runningVar] = [
      operands.weight?.to('f32'),
      operands.bias?.to('f32'),
      operands.running_mean?.to('f32'),
      operands.running_var?.to('f32'),
    ];
    const y = F.batchNorm(operands.x, { weight, bias, runningMean, runningVar, ...normalization(params) });
    return { y, ...(runningMean && { running_mean: runningMean }), ...(runningVar && { running_var: runningVar }) };
  }),
  layer_norm: differentiable(['x', 'weight?', 'bias?'], ({ x, weight, bias }, params) =>
    F.layerNorm(x, params.numbers('normalized_shape'), { weight, bias, eps: params.number('eps', 1e-5) }),
  ),
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
  adaptive_avg_pool2d: differentiable(['x'], ({ x }, params) => {
    const [height, width] = params.openPair('output_size');
    return F.adaptiveAvgPool2d(x, [height ?? x.shape.at(-2) ?? 1, width ?? x.shape.at(-1) ?? 1]);
  }),
  interpolate: differentiable(['x'], ({ x }, params) => F.interpolate(x, resampling(params))),
  scaled_dot_product_attention: (task) => attention(task),
};

function convolution(params: Params) {
  return {
    stride: params.pair('stride', 1),
    dilation: params.pair('dilation', 1),
    groups: params.number('groups', 1),
  };
}

function window(params: Params): F.Pool2dOptions {
  return {
    stride: params.has('stride') ? params.pair('stride') : params.pair('kernel_size'),
    padding: params.pair('padding', 0),
    ceilMode: params.boolean('ceil_mode', false),
  };
}

function resampling(params: Params): F.InterpolateOptions {
  return {
    size: params.has('size') ? params.pair('size') : undefined,
    scaleFactor: params.has('scale_factor') ? params.pair('scale_factor') : undefined,
    mode: params.choice('mode', ['nearest', 'bilinear', 'bicubic'], 'nearest'),
    alignCorners: params.boolean('align_corners', false),
    recomputeScaleFactor: params.boolean('recompute_scale_factor', false),
  };
}

function normalization(params: Params) {
  return {
    training: params.boolean('training', false),
    momentum: params.number('momentum', 0.1),
    eps: params.number('eps', 1e-5),
  };
}

const attend = differentiable(['query', 'key', 'value', 'attn_mask?'], (operands, params) => {
  const { query, key, value, attn_mask: mask } = operands;
  params.only('dropout_p', 0);
  const isCausal = params.boolean('is_causal', false);
  const scale = params.has('scale') ? params.number('scale') : undefined;
  return F.scaledDotProductAttention(query, key, value, { mask, isCausal, scale });
});

/** A mask of truth values, or integers, says which keys take part: here −∞ is added where they do not. */
function additive({ shape, data }: Values): Values {
  return data instanceof Float32Array
    ? { shape, data }
    : { shape, data: Float32Array.from(data, (kept) => (kept ? 0 : Number.NEGATIVE_INFINITY)) };
}

const attention: Operation = (task) => {
  const inputs = [...task.inputs].map(([name, values]): [string, Values] => [
    name,
    name.endsWith('mask') ? additive(values) : values,
  ]);
  return attend({ ...task, inputs: new Map(inputs) });
};

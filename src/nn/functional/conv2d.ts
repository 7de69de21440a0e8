import {
  biasGradient,
  conv2dForward,
  conv2dGradients,
  conv2dInputGradient,
  conv2dShape,
  conv2dWeightGradient,
} from '../../kernels/conv2d/conv2d.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { formatShape, pair } from '../shape.ts';
import { bufferLike, empty, type Tensor } from '../tensor.ts';
import { expectRank, expectShape } from './expect.ts';
import { layerOperands } from './operands.ts';
import { pad } from './strided.ts';
import { withBatch } from './with_batch.ts';

/** Options of `conv2d`. */
export interface Conv2dOptions {
  /** [outChannels] */
  bias?: Tensor | null | undefined;
  /** One number, or height and width; likewise below. */
  stride?: number | [number, number];
  /** `same` keeps the picture's size (stride 1 only), with the odd row or column at the lower right; `valid` is 0. */
  padding?: number | [number, number] | 'same' | 'valid';
  dilation?: number | [number, number];
  groups?: number;
}

/**
 * Convolution as torch.nn.functional.conv2d:
 * x [batch, inChannels, height, width], weight [outChannels, inChannels / groups, kernel height, kernel width].
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  checkOptions('conv2d', options, ['bias', 'stride', 'padding', 'dilation', 'groups']);
  return withBatch('conv2d', x, 4, (pictures) => {
    expectRank('conv2d', 'weight', weight, 'out channels, in channels / groups, kernel height, kernel width');
    if (options.padding !== 'same') return convolved(pictures, weight, options);
    return scope(() => convolvedSame(pictures, weight, options));
  });
}

/** Padding that keeps the size: what cannot be shared by both sides comes at the end, as a padding of its own. */
function convolvedSame(x: Tensor, weight: Tensor, options: Conv2dOptions): Tensor {
  const dilation = pair(options.dilation ?? 1);
  if (pair(options.stride ?? 1).some((stride) => stride !== 1)) {
    throw new UserError(`conv2d: padding "same" with a stride of ${options.stride}; it needs a stride of 1`);
  }
  const total = [0, 1].map((axis) => (dilation[axis] as number) * ((weight.shape[axis + 2] as number) - 1));
  const [height = 0, width = 0] = total;
  const padding: [number, number] = [Math.floor(height / 2), Math.floor(width / 2)];
  const odd = total.some((each) => each % 2 !== 0);
  return convolved(odd ? pad(x, [0, width % 2, 0, height % 2]) : x, weight, { ...options, padding });
}

function convolved(x: Tensor, weight: Tensor, options: Conv2dOptions): Tensor {
  const bias = options.bias ?? undefined;
  const [batch, inChannels, height, width] = x.shape as [number, number, number, number];
  const [outChannels, perGroup, kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
  const { stride = 1, dilation = 1, groups = 1 } = options;
  const padding = typeof options.padding === 'string' ? 0 : (options.padding ?? 0);
  if (perGroup * groups !== inChannels) {
    throw new UserError(
      `conv2d: x has ${inChannels} channels, but weight ${formatShape(weight.shape)} with groups ${groups} takes ${perGroup * groups}`,
    );
  }
  if (bias) expectShape('conv2d', 'bias', bias, [outChannels]);
  const kernel = [kernelHeight, kernelWidth] as const;
  const shape = conv2dShape({
    batch,
    inChannels,
    height,
    width,
    outChannels,
    kernel,
    stride,
    padding,
    dilation,
    groups,
  });
  const { gpu } = x;
  const operands = layerOperands('conv2d', x, weight, bias);
  const { dtype, weight: weights } = operands;
  const y = empty(gpu, [batch, outChannels, shape.outHeight, shape.outWidth], 'conv2d', dtype);
  const input = operands.x.buffer;
  conv2dForward(gpu, { x: input, weight: weights, bias: operands.bias, y: y.buffer, shape });
  const result = operation(y, {
    name: 'conv2d',
    inputs: bias ? [operands.x, weight, bias] : [operands.x, weight],
    attributes: { stride: shape.stride, padding: shape.padding, dilation: shape.dilation, groups },
    saved: [input, weights],
    backward(gy) {
      const gweight = weight.requiresGrad ? bufferLike(weight, 'conv2d weight gradient') : null;
      const gbias = bias?.requiresGrad ? bufferLike(bias, 'conv2d bias gradient') : null;
      if (gbias) biasGradient(gpu, { gy, gbias, batch, channels: outChannels, area: shape.outHeight * shape.outWidth });
      const gx = x.requiresGrad ? gpu.allocLike(input, 'conv2d input gradient') : null;
      if (gx && gweight) conv2dGradients(gpu, { x: input, weight: weights, gy, gx, gweight, shape });
      else if (gx) conv2dInputGradient(gpu, { gy, weight: weights, gx, shape });
      else if (gweight) conv2dWeightGradient(gpu, { x: input, gy, gweight, shape });
      return [gx, gweight, gbias];
    },
  });
  operands.release();
  return result;
}

import {
  biasGradient,
  conv2dForward,
  conv2dInputGradient,
  conv2dShape,
  conv2dWeightGradient,
} from '../../kernels/conv2d/conv2d.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { formatShape } from '../shape.ts';
import { bufferLike, empty, type Tensor } from '../tensor.ts';
import { expectRank, expectShape } from './expect.ts';
import { layerOperands } from './operands.ts';

export interface Conv2dOptions {
  /** [outChannels] */
  bias?: Tensor | null | undefined;
  /** One number, or height and width; likewise below. */
  stride?: number | [number, number];
  padding?: number | [number, number];
  dilation?: number | [number, number];
  groups?: number;
}

/**
 * Convolution as torch.nn.functional.conv2d:
 * x [batch, inChannels, height, width], weight [outChannels, inChannels / groups, kernel height, kernel width].
 */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const bias = options.bias ?? undefined;
  expectRank('conv2d', 'x', x, 'batch, channels, height, width');
  expectRank('conv2d', 'weight', weight, 'out channels, in channels / groups, kernel height, kernel width');
  const [batch, inChannels, height, width] = x.shape as [number, number, number, number];
  const [outChannels, perGroup, kernelHeight, kernelWidth] = weight.shape as [number, number, number, number];
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
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
    saved: [input, weights],
    backward(gy) {
      const gweight = weight.requiresGrad ? bufferLike(weight, 'conv2d weight gradient') : null;
      if (gweight) conv2dWeightGradient(gpu, { x: input, gy, gweight, shape });
      const gbias = bias?.requiresGrad ? bufferLike(bias, 'conv2d bias gradient') : null;
      if (gbias) biasGradient(gpu, { gy, gbias, batch, channels: outChannels, area: shape.outHeight * shape.outWidth });
      const gx = x.requiresGrad ? gpu.allocLike(input, 'conv2d input gradient') : null;
      if (gx) conv2dInputGradient(gpu, { gy, weight: weights, gx, shape });
      return [gx, gweight, gbias];
    },
  });
  operands.release();
  return result;
}

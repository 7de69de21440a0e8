import {
  biasGradient,
  type Conv2dShape,
  conv2dForward,
  conv2dInputGradient,
  conv2dShape,
  conv2dWeightGradient,
} from '../../kernels/conv2d/conv2d.ts';
import { binaryForward, broadcast } from '../../kernels/elementwise/binary.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { operation } from '../autograd.ts';
import { formatShape, pair } from '../shape.ts';
import { bufferLike, empty, type Tensor } from '../tensor.ts';
import type { Conv2dOptions } from './conv2d.ts';
import { expectRank, expectShape } from './expect.ts';
import { layerOperands } from './operands.ts';
import { withBatch } from './with_batch.ts';

/** Options of `convTranspose2d`. */
export interface ConvTranspose2dOptions extends Omit<Conv2dOptions, 'padding'> {
  /** Taken away from each side of the result. */
  padding?: number | [number, number];
  /** Rows and columns added at its lower and right end; fewer than the stride or the dilation. */
  outputPadding?: number | [number, number];
}

/**
 * Transposed convolution as torch.nn.functional.conv_transpose2d: x [batch, inChannels, height, width], weight
 * [inChannels, outChannels / groups, kernel height, kernel width]. It is the gradient of conv2d with respect to its input,
 * and its own gradients are a convolution and that convolution's weight gradient with its operands exchanged.
 */
export function convTranspose2d(x: Tensor, weight: Tensor, options: ConvTranspose2dOptions = {}): Tensor {
  checkOptions('conv_transpose2d', options, ['bias', 'stride', 'padding', 'outputPadding', 'dilation', 'groups']);
  return withBatch('conv_transpose2d', x, 4, (pictures) => transposed(pictures, weight, options));
}

function transposed(x: Tensor, weight: Tensor, options: ConvTranspose2dOptions): Tensor {
  const bias = options.bias ?? undefined;
  const outputPadding = pair(options.outputPadding ?? 0);
  const shape = convolutionBehind(x, weight, options, outputPadding);
  const { batch, inChannels: channels, height, width } = shape;
  if (bias) expectShape('conv_transpose2d', 'bias', bias, [channels]);
  const { gpu } = x;
  const operands = layerOperands('conv_transpose2d', x, weight, bias);
  const { dtype, weight: weights } = operands;
  const y = empty(gpu, [batch, channels, height, width], 'conv_transpose2d', dtype);
  const input = operands.x.buffer;
  const sums = operands.bias ? gpu.allocLike(y.buffer, 'conv_transpose2d without bias') : y.buffer.retain();
  conv2dInputGradient(gpu, { gy: input, weight: weights, gx: sums, shape });
  if (operands.bias) {
    const walk = broadcast(y.shape, [channels, 1, 1], y.shape);
    binaryForward(gpu, 'add', { a: sums, b: operands.bias, y: y.buffer, shape: walk });
  }
  sums.release();
  const result = operation(y, {
    name: 'conv_transpose2d',
    inputs: bias ? [operands.x, weight, bias] : [operands.x, weight],
    attributes: {
      stride: shape.stride,
      padding: shape.padding,
      dilation: shape.dilation,
      groups: shape.groups,
      outputPadding,
    },
    saved: [input, weights],
    backward(gy) {
      const gx = x.requiresGrad ? gpu.allocLike(input, 'conv_transpose2d input gradient') : null;
      if (gx) conv2dForward(gpu, { x: gy, weight: weights, y: gx, shape });
      const gweight = weight.requiresGrad ? bufferLike(weight, 'conv_transpose2d weight gradient') : null;
      if (gweight) conv2dWeightGradient(gpu, { x: gy, gy: input, gweight, shape });
      const gbias = bias?.requiresGrad ? bufferLike(bias, 'conv_transpose2d bias gradient') : null;
      if (gbias) biasGradient(gpu, { gy, gbias, batch, channels, area: height * width });
      return [gx, gweight, gbias];
    },
  });
  operands.release();
  return result;
}

/** The convolution whose input gradient this is: from the pictures of the result to those of x. */
function convolutionBehind(
  x: Tensor,
  weight: Tensor,
  options: ConvTranspose2dOptions,
  outputPadding: readonly [number, number],
): Conv2dShape {
  expectRank('conv_transpose2d', 'weight', weight, 'in channels, out channels / groups, kernel height, kernel width');
  const [batch, inChannels, ...size] = x.shape as [number, number, number, number];
  const [weightChannels, perGroup, ...kernel] = weight.shape as [number, number, number, number];
  const { groups = 1 } = options;
  if (weightChannels !== inChannels) {
    throw new UserError(
      `conv_transpose2d: x has ${inChannels} channels, but weight ${formatShape(weight.shape)} takes ${weightChannels}`,
    );
  }
  const stride = pair(options.stride ?? 1);
  const padding = pair(options.padding ?? 0);
  const dilation = pair(options.dilation ?? 1);
  const outputSize = (axis: 0 | 1) => {
    const most = Math.max(stride[axis], dilation[axis]) - 1;
    const extra = outputPadding[axis];
    if (!Number.isSafeInteger(extra) || extra < 0 || extra > most) {
      throw new UserError(
        `conv_transpose2d: output padding ${extra} in dimension ${axis}; it must be less than stride ${stride[axis]} or dilation ${dilation[axis]}`,
      );
    }
    const output =
      (size[axis] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (kernel[axis] - 1) + extra + 1;
    if (output >= 1) return output;
    throw new UserError(
      `conv_transpose2d: the result would have ${output} pixels in dimension ${axis}; use less padding than ${padding[axis]}`,
    );
  };
  const shape = conv2dShape({
    batch,
    inChannels: perGroup * groups,
    height: outputSize(0),
    width: outputSize(1),
    outChannels: inChannels,
    kernel,
    stride,
    padding,
    dilation,
    groups,
  });
  // With an output padding of a stride or more the convolution would have further outputs, which nothing comes from.
  return { ...shape, outHeight: size[0], outWidth: size[1] };
}

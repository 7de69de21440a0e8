import { biasGradient } from '../../kernels/conv2d/conv2d.ts';
import { linearForward, linearInputGradient, linearWeightGradient } from '../../kernels/matmul/matmul.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { formatShape, sizeOf } from '../shape.ts';
import { bufferLike, empty, type Tensor } from '../tensor.ts';
import { expectRank, expectShape, expectTensor } from './expect.ts';
import { layerOperands } from './operands.ts';

/** x · weightᵀ + bias: x [..., inFeatures], weight [outFeatures, inFeatures], bias [outFeatures]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  expectTensor('linear', 'x', x);
  expectRank('linear', 'weight', weight, 'out features, in features');
  const [outFeatures, inFeatures] = weight.shape as [number, number];
  if (x.shape.at(-1) !== inFeatures) {
    throw new UserError(
      `linear: the last axis of x ${formatShape(x.shape)} must have the ${inFeatures} features that weight ${formatShape(weight.shape)} takes`,
    );
  }
  if (bias) expectShape('linear', 'bias', bias, [outFeatures]);
  const { gpu } = x;
  const leading = x.shape.slice(0, -1);
  const shape = { batch: sizeOf(leading), inFeatures, outFeatures };
  const operands = layerOperands('linear', x, weight, bias ?? undefined);
  const { dtype, weight: weights } = operands;
  const y = empty(gpu, [...leading, outFeatures], 'linear', dtype);
  const input = operands.x.buffer;
  linearForward(gpu, { x: input, weight: weights, bias: operands.bias, y: y.buffer, shape });
  const result = operation(y, {
    name: 'linear',
    inputs: bias ? [operands.x, weight, bias] : [operands.x, weight],
    saved: [input, weights],
    backward(gy) {
      const gweight = weight.requiresGrad ? bufferLike(weight, 'linear weight gradient') : null;
      if (gweight) linearWeightGradient(gpu, { x: input, gy, gweight, shape });
      const gbias = bias?.requiresGrad ? bufferLike(bias, 'linear bias gradient') : null;
      if (gbias) biasGradient(gpu, { gy, gbias, batch: shape.batch, channels: outFeatures, area: 1 });
      const gx = x.requiresGrad ? gpu.allocLike(input, 'linear input gradient') : null;
      if (gx) linearInputGradient(gpu, { gy, weight: weights, gx, shape });
      return [gx, gweight, gbias];
    },
  });
  operands.release();
  return result;
}

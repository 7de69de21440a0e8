import { biasGradient } from '../../kernels/conv2d/conv2d.ts';
import { linearForward, linearInputGradient, linearWeightGradient } from '../../kernels/matmul/matmul.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { formatShape, sizeOf } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectFloat, expectRank, expectShape } from './expect.ts';

/** x · weightᵀ + bias: x [..., inFeatures], weight [outFeatures, inFeatures], bias [outFeatures]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  expectFloat('linear', { x, weight, bias: bias ?? undefined });
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
  const y = empty(gpu, [...leading, outFeatures], 'linear');
  const input = x.buffer;
  const weights = weight.buffer;
  linearForward(gpu, { x: input, weight: weights, bias: bias?.buffer, y: y.buffer, shape });
  return operation(y, {
    name: 'linear',
    inputs: bias ? [x, weight, bias] : [x, weight],
    saved: [input, weights],
    backward(gy) {
      const gweight = weight.requiresGrad ? gpu.alloc(4 * weight.size, 'linear weight gradient') : null;
      if (gweight) linearWeightGradient(gpu, { x: input, gy, gweight, shape });
      const gbias = bias?.requiresGrad ? gpu.alloc(4 * outFeatures, 'linear bias gradient') : null;
      if (gbias) biasGradient(gpu, { gy, gbias, batch: shape.batch, channels: outFeatures, area: 1 });
      const gx = x.requiresGrad ? gpu.alloc(4 * x.size, 'linear input gradient') : null;
      if (gx) linearInputGradient(gpu, { gy, weight: weights, gx, shape });
      return [gx, gweight, gbias];
    },
  });
}

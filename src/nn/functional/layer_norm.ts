import {
  layerNormForward,
  layerNormInputGradient,
  layerNormParameterGradients,
  layerNormStatisticsBytes,
} from '../../kernels/layer_norm/layer_norm.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { operation } from '../autograd.ts';
import { formatShape, type Shape, sameShape, sizeOf } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectFloat, expectReal, expectShape } from './expect.ts';

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** f32 of the normalised shape; likewise below. */
  weight?: Tensor | null | undefined;
  bias?: Tensor | null | undefined;
  /** Added to the variance; 1e-5 where left out. */
  eps?: number;
}

/**
 * Layer normalisation as torch.nn.functional.layer_norm: each part of x of the shape `normalizedShape`, its last axes, gets
 * mean 0 and variance 1, then weight and bias.
 */
export function layerNorm(x: Tensor, normalizedShape: number | Shape, options: LayerNormOptions = {}): Tensor {
  checkOptions('layer_norm', options, ['weight', 'bias', 'eps']);
  const { eps = 1e-5 } = options;
  const [weight, bias] = [options.weight ?? undefined, options.bias ?? undefined];
  const normalized = [normalizedShape].flat();
  const dtype = expectReal('layer_norm', { x });
  if (weight ?? bias) expectFloat('layer_norm', { weight, bias });
  const leading = x.shape.slice(0, x.shape.length - normalized.length);
  if (normalized.length === 0 || !sameShape([...leading, ...normalized], x.shape) || sizeOf(normalized) === 0) {
    throw new UserError(
      `layer_norm: x has shape ${formatShape(x.shape)}; its last axes must be ${formatShape(normalized)}, none of them empty`,
    );
  }
  if (weight) expectShape('layer_norm', 'weight', weight, normalized);
  if (bias) expectShape('layer_norm', 'bias', bias, normalized);
  const { gpu } = x;
  const shape = { lines: sizeOf(leading), n: sizeOf(normalized) };
  const y = empty(gpu, x.shape, 'layer_norm', dtype);
  const input = x.buffer;
  const scale = weight?.buffer;
  const statistics = gpu.alloc(layerNormStatisticsBytes(shape), 'layer_norm statistics');
  layerNormForward(gpu, { x: input, weight: scale, bias: bias?.buffer, y: y.buffer, statistics, shape, eps });
  const result = operation(y, {
    name: 'layer_norm',
    inputs: [x, ...(weight ? [weight] : []), ...(bias ? [bias] : [])],
    attributes: { axes: normalized.length, eps, weight: weight !== undefined, bias: bias !== undefined },
    saved: scale ? [input, statistics, scale] : [input, statistics],
    backward(gy) {
      const gx = x.requiresGrad ? gpu.allocNumbers(x.size, 'layer_norm input gradient', dtype) : null;
      if (gx) layerNormInputGradient(gpu, { x: input, gy, weight: scale, statistics, gx, shape });
      if (!weight?.requiresGrad && !bias?.requiresGrad) return [gx];
      const [gweight, gbias] = [
        gpu.alloc(4 * shape.n, 'layer_norm weight gradient'),
        gpu.alloc(4 * shape.n, 'layer_norm bias gradient'),
      ];
      layerNormParameterGradients(gpu, { x: input, gy, statistics, gweight, gbias, shape });
      if (!weight) gweight.release();
      if (!bias) gbias.release();
      return [gx, ...(weight ? [gweight] : []), ...(bias ? [gbias] : [])];
    },
  });
  statistics.release();
  return result;
}

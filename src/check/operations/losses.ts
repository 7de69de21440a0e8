import * as F from '../../nn/functional/index.ts';
import { broadcastShape, sameShape } from '../../nn/shape.ts';
import type { Tensor } from '../../nn/tensor.ts';
import type { Params } from '../params.ts';
import type { Operation } from '../task.ts';
import { differentiable } from './differentiable.ts';

const reduction = (params: Params): F.Reduction => params.choice('reduction', ['mean', 'sum', 'none'], 'mean');

/** Tensors repeated to the shape that they broadcast to, as torch does (with a warning: more often than not it is a mistake). */
function together(...tensors: Tensor[]): Tensor[] {
  const shape = tensors.reduce((all: readonly number[], { shape }) => broadcastShape('loss', all, shape), []);
  return tensors.map((tensor) => F.expand(tensor, shape));
}

type Pairwise = (input: Tensor, target: Tensor, params: Params) => Tensor;

const pairwise = (loss: Pairwise): Operation =>
  differentiable(['input', 'target'], (operands, params) => {
    const [input, target] = together(operands.input, operands.target) as [Tensor, Tensor];
    return loss(input, target, params);
  });

/** A variance may lack the last axis, along which it is then the same. */
function likelihood(input: Tensor, target: Tensor, variance: Tensor, params: Params): Tensor {
  const lacks = sameShape(variance.shape, input.shape.slice(0, -1)) && variance.shape.length < input.shape.length;
  const whole = lacks ? F.reshape(variance, [...variance.shape, 1]) : variance;
  const [means, targets, variances] = together(input, target, whole) as [Tensor, Tensor, Tensor];
  const options = { full: params.boolean('full', false), eps: params.number('eps', 1e-6) };
  return F.gaussianNllLoss(means, targets, variances, { ...options, reduction: reduction(params) });
}

/** Losses under the names and with the keywords of torch.nn.functional. */
export const LOSSES: Readonly<Record<string, Operation>> = {
  gaussian_nll_loss: differentiable(['input', 'target', 'var'], ({ input, target, var: variance }, params) =>
    likelihood(input, target, variance, params),
  ),
  mse_loss: pairwise((input, target, params) => F.mseLoss(input, target, { reduction: reduction(params) })),
  cross_entropy: pairwise((input, target, params) => F.crossEntropy(input, target, { reduction: reduction(params) })),
  l1_loss: pairwise((input, target, params) => F.l1Loss(input, target, { reduction: reduction(params) })),
  smooth_l1_loss: pairwise((input, target, params) =>
    F.smoothL1Loss(input, target, { beta: params.number('beta', 1), reduction: reduction(params) }),
  ),
};

import {
  gaussianNllBackward,
  gaussianNllForward,
  gaussianNllHeadBackward,
  gaussianNllHeadForward,
} from '../../kernels/gaussian_nll/gaussian_nll.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { binary } from './binary.ts';
import { neg } from './elementwise.ts';
import { expectFloat, expectReal, expectShape } from './expect.ts';
import { mean, sum } from './reduce.ts';
import { logSoftmax } from './softmax.ts';

/** What becomes of the losses of single elements: their mean, their sum, or themselves. */
export type Reduction = 'mean' | 'sum' | 'none';

/** Options of all losses. */
export interface LossOptions {
  /** How the elements' losses become one number; `mean` where left out. */
  reduction?: Reduction | undefined;
}

function reduced(losses: () => Tensor, reduction: Reduction = 'mean'): Tensor {
  return scope(() => {
    if (reduction === 'none') return losses();
    return reduction === 'mean' ? mean(losses()) : sum(losses());
  });
}

/** Squared difference. */
export function mseLoss(input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  expectShape('mse_loss', 'target', target, input.shape);
  return reduced(() => binary('squaredDifference', input.to('f32'), target), reduction);
}

/** Absolute difference. */
export function l1Loss(input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  expectShape('l1_loss', 'target', target, input.shape);
  return reduced(() => binary('absoluteDifference', input.to('f32'), target), reduction);
}

/**
 * Cross entropy of class scores: input [n, classes, ...] before the softmax, target of the same shape with each class's share
 * (`oneHot` makes it from labels); −Σ target · log softmax(input) over the classes.
 */
export function crossEntropy(input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  expectShape('cross_entropy', 'target', target, input.shape);
  const classes = Math.min(1, input.shape.length - 1);
  return reduced(() => sum(binary('mul', target, neg(logSoftmax(input, classes))), { dim: classes }), reduction);
}

/** Quadratic below a difference of `beta` (1 where left out), linear above. */
export function smoothL1Loss(
  input: Tensor,
  target: Tensor,
  { reduction, beta = 1 }: LossOptions & { beta?: number } = {},
): Tensor {
  expectShape('smooth_l1_loss', 'target', target, input.shape);
  if (!(beta >= 0)) throw new UserError(`smooth_l1_loss: beta is ${beta}; it must be at least 0`);
  if (beta === 0) return l1Loss(input, target, { reduction });
  return reduced(() => binary('smoothDifference', input.to('f32'), target, beta), reduction);
}

/**
 * Gaussian negative log likelihood of a head that gives mean and log variance:
 * output [n, 2] = (μ, s = log σ²), target [n]; ½ (s + (target − μ)² / exp(s)), mean over the batch.
 */
export function gaussianNll(output: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  const n = output.shape[0] ?? 0;
  expectReal('gaussian_nll', { output });
  expectFloat('gaussian_nll', { target });
  expectShape('gaussian_nll', 'output', output, [n, 2]);
  if (target.size !== n)
    throw new UserError(`gaussian_nll: ${n} outputs, but targets of shape ${formatShape(target.shape)}`);
  return reduced(() => headLosses(output.to('f32'), target), reduction);
}

function headLosses(output: Tensor, target: Tensor): Tensor {
  const { gpu } = output;
  const n = target.size;
  const losses = empty(gpu, [n], 'gaussian_nll');
  const buffers = { output: output.buffer, target: target.buffer };
  gaussianNllHeadForward(gpu, { ...buffers, loss: losses.buffer, n });
  return operation(losses, {
    name: 'gaussian_nll',
    inputs: [output, target],
    saved: Object.values(buffers),
    backward(gy) {
      const goutput = gpu.alloc(8 * n, 'gaussian_nll gradient');
      gaussianNllHeadBackward(gpu, { ...buffers, gy, goutput, n });
      return [goutput];
    },
  });
}

/** Options of `gaussianNllLoss`. */
export interface GaussianNllLossOptions extends LossOptions {
  /** Add the constant ½ log 2π. */
  full?: boolean;
  /** Least variance; 1e-6 where left out. */
  eps?: number;
}

/** Gaussian negative log likelihood as torch.nn.functional.gaussian_nll_loss; all three of one shape. */
export function gaussianNllLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: GaussianNllLossOptions = {},
): Tensor {
  expectShape('gaussian_nll_loss', 'target', target, input.shape);
  expectShape('gaussian_nll_loss', 'variance', variance, input.shape);
  return reduced(
    () => varianceLosses(input.to('f32'), target.to('f32'), variance.to('f32'), options),
    options.reduction,
  );
}

function varianceLosses(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  { full = false, eps = 1e-6 }: GaussianNllLossOptions,
): Tensor {
  const { gpu, size: n } = input;
  const losses = empty(gpu, input.shape, 'gaussian_nll_loss');
  const buffers = { input: input.buffer, target: target.buffer, variance: variance.buffer };
  const constant = full ? 0.5 * Math.log(2 * Math.PI) : 0;
  gaussianNllForward(gpu, { ...buffers, loss: losses.buffer, n, eps, constant });
  return operation(losses, {
    name: 'gaussian_nll_loss',
    inputs: [input, target, variance],
    saved: Object.values(buffers),
    backward(gy) {
      const gradient = () => gpu.alloc(4 * n, 'gaussian_nll_loss gradient');
      const gradients = { ginput: gradient(), gtarget: gradient(), gvariance: gradient() };
      gaussianNllBackward(gpu, { ...buffers, n, eps, gy, ...gradients });
      return [gradients.ginput, gradients.gtarget, gradients.gvariance];
    },
  });
}

import {
  batchNormForward,
  batchNormGradients,
  batchNormInputGradient,
  batchNormParameterGradients,
  batchNormTraining,
  runningStatistics,
  STATISTICS_BYTES,
} from '../../kernels/batch_norm/batch_norm.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { formatShape, sizeOf } from '../shape.ts';
import { empty, full, isReal, type Tensor } from '../tensor.ts';
import { expectFloat, expectReal, expectShape } from './expect.ts';

/** Operands and options of `batchNorm`. */
export interface BatchNormOptions {
  /** [channels] each; likewise below. Ones and zeros where left out. */
  weight?: Tensor | null | undefined;
  bias?: Tensor | null | undefined;
  /** May be left out in training, where only they are moved. */
  runningMean?: Tensor | null | undefined;
  runningVar?: Tensor | null | undefined;
  /** One number that counts training batches. */
  batchesTracked?: Tensor | undefined;
  /** With the batch's own statistics, which also move the running ones. */
  training?: boolean;
  momentum?: number;
  eps?: number;
  /** Added to what comes out; of the shape of x. */
  residual?: Tensor | undefined;
  /** What is done with the sum. */
  activation?: 'relu' | undefined;
}

const OPTIONS: readonly (keyof BatchNormOptions)[] = [
  'weight',
  'bias',
  'runningMean',
  'runningVar',
  'batchesTracked',
  'training',
  'momentum',
  'eps',
  'residual',
  'activation',
];

/**
 * Batch normalisation as torch.nn.functional.batch_norm: x [batch, channels, ...] of f32 or f16; all else is f32. With
 * `residual` and `activation` activation(batch_norm(x) + residual), which costs no more than the norm alone.
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  checkOptions('batch_norm', options, OPTIONS);
  return scope(() => normalised(x, completed(x, options)));
}

type Complete = BatchNormOptions & Record<'weight' | 'bias' | 'runningMean' | 'runningVar', Tensor>;

/** Puts ones and zeros where options have nothing. */
function completed(x: Tensor, options: BatchNormOptions): Complete {
  const { weight, bias, runningMean, runningVar, training = false } = options;
  if (!training && !(runningMean && runningVar)) {
    throw new UserError('batch_norm: outside training it needs a running mean and variance');
  }
  const channels = x.shape.slice(1, 2);
  const or = (tensor: Tensor | null | undefined, value: number) => tensor ?? full(x.gpu, channels, value);
  return {
    ...options,
    weight: or(weight, 1),
    bias: or(bias, 0),
    runningMean: or(runningMean, 0),
    runningVar: or(runningVar, 1),
  };
}

function normalised(x: Tensor, options: Complete): Tensor {
  const { weight, bias, residual, training = false } = options;
  const dtype = expectReal('batch_norm', { x });
  if (residual && residual.dtype !== dtype && isReal(residual.dtype))
    return normalised(x, { ...options, residual: residual.to(dtype) });
  const channels = checkedChannels(x, options);
  const shape = { batch: x.shape[0] as number, channels, area: sizeOf(x.shape.slice(2)) };
  if (training && shape.batch * shape.area === 1) {
    throw new UserError(
      `batch_norm: x ${formatShape(x.shape)} has one value a channel; training needs at least two: use a larger batch or picture`,
    );
  }
  const { gpu } = x;
  const statistics = gpu.alloc(STATISTICS_BYTES * channels, 'batch_norm statistics');
  const relu = options.activation === 'relu';
  const norm = { x: x.buffer, statistics, weight: weight.buffer, bias: bias.buffer, relu, shape };
  const y = empty(gpu, x.shape, 'batch_norm', dtype);
  const output = y.buffer;
  const forward = { ...norm, residual: residual?.buffer ?? null, y: output };
  const running = { runningMean: options.runningMean.buffer, runningVar: options.runningVar.buffer };
  const { momentum = 0.1, eps = 1e-5 } = options;
  if (training && x.size > 0) {
    const batchesTracked = options.batchesTracked?.buffer.retain() ?? gpu.alloc(4, 'batches');
    batchNormTraining(gpu, { ...forward, ...running, batchesTracked, momentum, eps });
    batchesTracked.release();
  } else {
    runningStatistics(gpu, { ...running, statistics, eps, channels });
    batchNormForward(gpu, forward);
  }
  const masked = relu && residual !== undefined;
  const constants = training ? [] : [options.runningMean, options.runningVar];
  const result = operation(y, {
    name: 'batch_norm',
    inputs: [x, weight, bias, ...(residual ? [residual] : []), ...constants],
    attributes: { training, relu, residual: residual !== undefined, eps: options.eps ?? 1e-5 },
    saved: [norm.x, norm.weight, norm.bias, statistics, ...(masked ? [output] : [])],
    backward(gy) {
      const gresidual = masked ? gpu.allocLike(gy, 'residual gradient') : gy.retain();
      const through = masked ? { y: output, gresidual } : null;
      const wanted = training || masked || weight.requiresGrad || bias.requiresGrad;
      const gradients = wanted
        ? {
            gweight: gpu.alloc(4 * channels, 'batch_norm weight gradient'),
            gbias: gpu.alloc(4 * channels, 'batch_norm bias gradient'),
          }
        : null;
      const gx = x.requiresGrad ? gpu.allocLike(gy, 'batch_norm input gradient') : null;
      if (training && gradients && gx && x.size > 0) {
        batchNormGradients(gpu, { ...norm, gy, residual: through, ...gradients, gx });
      } else {
        if (gradients) batchNormParameterGradients(gpu, { ...norm, gy, residual: through, ...gradients });
        const parameterGradients = training ? gradients : null;
        const rest = { gy: gresidual, relu: relu && !masked, parameterGradients };
        if (gx) batchNormInputGradient(gpu, { ...norm, ...rest, gx });
      }
      if (!residual) gresidual.release();
      return [gx, gradients?.gweight ?? null, gradients?.gbias ?? null, ...(residual ? [gresidual] : [])];
    },
  });
  statistics.release();
  return result;
}

function checkedChannels(x: Tensor, options: Complete): number {
  const { weight, bias, runningMean, runningVar, residual } = options;
  expectReal('batch_norm', { x, residual });
  expectFloat('batch_norm', { weight, bias, runningMean, runningVar });
  if (x.shape.length < 2)
    throw new UserError(
      `batch_norm: x has shape ${formatShape(x.shape)}; it must have the axes [batch, channels, ...]`,
    );
  const channels = x.shape[1] as number;
  for (const [name, tensor] of Object.entries({ weight, bias, runningMean, runningVar }))
    expectShape('batch_norm', name, tensor, [channels]);
  if (residual) expectShape('batch_norm', 'residual', residual, x.shape);
  return channels;
}

/**
 * Batch norm, with what follows it in residual networks at no further pass over memory: y = activation(norm(x) + residual).
 */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import type { Operand } from '../slices.ts';
import applySource from './apply.wgsl';
import finishSource from './finish.wgsl';
import forwardSource from './forward.wgsl';
import gradientFinishSource from './gradient_finish.wgsl';
import gradientInputSource from './gradient_input.wgsl';
import gradientPartsSource from './gradient_parts.wgsl';
import gradientsSource from './gradients.wgsl';
import joinStatistics from './join-statistics.wgsl';
import normalise from './normalise.wgsl';
import partGradients from './part-gradients.wgsl';
import partStatistics from './part-statistics.wgsl';
import runningSource from './running.wgsl';
import statisticsSource from './statistics.wgsl';
import through from './through.wgsl';
import {
  type BatchNormShape,
  elements,
  inPictures,
  isWhole,
  lanesOf,
  lengthOf,
  partsOf,
  planeKernel,
  runsOf,
  wholeConstants,
  wholeSizes,
} from './walk.ts';

export type { BatchNormShape };

const statisticsKernel = planeKernel('batch_norm.statistics', statisticsSource, partStatistics);
const finish = defineKernel({ name: 'batch_norm.finish', source: finishSource, prelude: joinStatistics });
const running = defineKernel({ name: 'batch_norm.running', source: runningSource });
const apply = planeKernel('batch_norm.apply', applySource, normalise);
const forward = planeKernel('batch_norm.forward', forwardSource, partStatistics, joinStatistics, normalise);
const gradientParts = planeKernel('batch_norm.gradient_parts', gradientPartsSource, through, partGradients);
const gradientFinish = defineKernel({ name: 'batch_norm.gradient_finish', source: gradientFinishSource });
const gradientInput = planeKernel('batch_norm.gradient_input', gradientInputSource, through);
const gradients = planeKernel('batch_norm.gradients', gradientsSource, through, partGradients);

const workOf = (x: GpuBuffer, shape: BatchNormShape, pictures: number, tensors: number, flops = 0) => {
  const n = elements({ ...shape, batch: pictures });
  return { flops: flops * n, bytes: tensors * SCALAR_BYTES[x.scalar] * n };
};

/** Bytes of `statistics` for each channel: a centre c, mean − c, 1 / √(variance + eps), and nothing. */
export const STATISTICS_BYTES = 16;

interface BatchStatistics {
  x: GpuBuffer;
  /** [channels]: receives (c, mean − c, 1 / √(variance + eps), 0) */
  statistics: GpuBuffer;
  /** [channels], moved by `momentum` */
  runningMean: GpuBuffer;
  runningVar: GpuBuffer;
  /** [1], counted up */
  batchesTracked: GpuBuffer;
  momentum: number;
  eps: number;
  shape: BatchNormShape;
}

/** Statistics of a batch, for training. Channels hold at least two elements. */
function batchStatistics(gpu: Gpu, options: BatchStatistics): void {
  const { x, statistics, runningMean, runningVar, batchesTracked, momentum, eps, shape } = options;
  const { channels } = shape;
  const { partial, parts } = partialSums(gpu, shape, { x }, 16, (buffers, sizes) => {
    gpu.dispatch(statisticsKernel(shape), {
      buffers,
      sizes,
      workgroups: linearWorkgroups(channels * sizes.parts, 64),
      work: workOf(x, shape, sizes.batch, 1, 4),
    });
  });
  const lanes = lanesOf(parts);
  gpu.dispatch(finish.with({ LANES: lanes }), {
    buffers: {
      partial,
      statistics,
      running_mean: runningMean,
      running_var: runningVar,
      num_batches_tracked: batchesTracked,
    },
    sizes: { channels, parts, momentum, eps },
    workgroups: linearWorkgroups(channels, 64 / lanes),
    work: { bytes: 2 * partial.bytes },
  });
  partial.release();
}

interface PartSizes {
  batch: number;
  channels: number;
  length: number;
  parts: number;
  first: number;
  [name: string]: number;
}

/** Sums over parts of channels, [parts, channels] of `bytes` each, for as many pictures in turn as can be bound at once. */
function partialSums<Name extends string>(
  gpu: Gpu,
  shape: BatchNormShape,
  tensors: Record<Name, GpuBuffer>,
  bytes: number,
  sum: (buffers: Record<Name, Operand> & { partial: GpuBuffer }, sizes: PartSizes) => void,
): { partial: GpuBuffer; parts: number } {
  const { channels } = shape;
  const slices = inPictures(gpu, shape, tensors);
  const counts = slices.map(({ count }) => partsOf(count, shape));
  const total = counts.reduce((a, b) => a + b);
  const partial = gpu.alloc(bytes * channels * total, 'batch_norm parts');
  let first = 0;
  slices.forEach(({ buffers, count }, i) => {
    const parts = counts[i] as number;
    sum({ ...buffers, partial }, { batch: count, channels, length: lengthOf(shape), parts, first });
    first += channels * parts;
  });
  return { partial, parts: total };
}

/** Statistics for evaluation, from the running mean and variance. */
export function runningStatistics(
  gpu: Gpu,
  options: { runningMean: GpuBuffer; runningVar: GpuBuffer; statistics: GpuBuffer; eps: number; channels: number },
): void {
  const { runningMean, runningVar, statistics, eps, channels } = options;
  gpu.dispatch(running, {
    buffers: { running_mean: runningMean, running_var: runningVar, statistics },
    sizes: { channels, eps },
    workgroups: [Math.ceil(channels / 64)],
  });
}

/** What a pass over a batch norm works with. */
export interface BatchNorm {
  /** [batch, channels, area] */
  x: GpuBuffer;
  /** From `batchStatistics` or `runningStatistics`. */
  statistics: GpuBuffer;
  /** [channels] */
  weight: GpuBuffer;
  bias: GpuBuffer;
  /** Whether max(·, 0) comes last. */
  relu: boolean;
  shape: BatchNormShape;
}

/** y = (x − mean) · weight / √(variance + eps) + bias, plus `residual`, then ReLU where they are wanted. */
export function batchNormForward(
  gpu: Gpu,
  { x, statistics, weight, bias, relu, shape, residual, y }: BatchNorm & { residual: GpuBuffer | null; y: GpuBuffer },
): void {
  const { channels } = shape;
  const runs = runsOf(shape);
  for (const { buffers, count } of inPictures(gpu, shape, { x, residual: residual ?? x, y })) {
    const planes = count * channels;
    gpu.dispatch(apply(shape, { RELU: relu ? 1 : 0, RESIDUAL: residual ? 1 : 0 }), {
      buffers: { ...buffers, statistics, weight, bias },
      sizes: { planes, channels, length: lengthOf(shape), runs },
      workgroups: linearWorkgroups(planes * runs, 64),
      work: workOf(x, shape, count, residual ? 3 : 2),
    });
  }
}

export interface BatchNormTraining extends BatchNorm, Omit<BatchStatistics, 'x' | 'shape'> {
  residual: GpuBuffer | null;
  y: GpuBuffer;
  /** Takes the place of the choice by shape, for tests. */
  whole?: boolean;
}

/**
 * Statistics of a batch and from them y, as `batchNormForward` has it: at once where a workgroup can take whole channels.
 * Channels hold at least two elements.
 */
export function batchNormTraining(gpu: Gpu, options: BatchNormTraining): void {
  const { x, residual, weight, bias, y, statistics, relu, momentum, eps, shape, whole = isWhole(gpu, shape) } = options;
  if (!whole) {
    batchStatistics(gpu, options);
    batchNormForward(gpu, options);
    return;
  }
  const { batch, channels } = shape;
  const walk = wholeSizes(shape);
  const constants = { RELU: relu ? 1 : 0, RESIDUAL: residual ? 1 : 0, ...wholeConstants(gpu) };
  gpu.dispatch(forward(shape, constants), {
    buffers: {
      x,
      residual: residual ?? x,
      weight,
      bias,
      y,
      statistics,
      running_mean: options.runningMean,
      running_var: options.runningVar,
      num_batches_tracked: options.batchesTracked,
    },
    sizes: { batch, channels, length: lengthOf(shape), ...walk, momentum, eps },
    workgroups: linearWorkgroups(channels, walk.each),
    work: workOf(x, shape, batch, residual ? 4 : 3, 4),
  });
}

export interface BatchNormParameterGradients extends BatchNorm {
  gy: GpuBuffer;
  /** Where a residual was added ahead of ReLU: the output, and what receives the residual's gradient. */
  residual: { y: GpuBuffer; gresidual: GpuBuffer } | null;
  /** [channels] */
  gweight: GpuBuffer;
  gbias: GpuBuffer;
}

/** Gradients of weight and bias and, in the same pass, of a residual. */
export function batchNormParameterGradients(gpu: Gpu, options: BatchNormParameterGradients): void {
  const { x, gy, statistics, weight, bias, relu, residual, gweight, gbias, shape } = options;
  const { channels } = shape;
  const unused = residual ? null : gpu.allocNumbers(4, 'no residual', x.scalar);
  const tensors: Record<string, GpuBuffer> = residual
    ? { x, gy, y: residual.y, g: residual.gresidual }
    : { x, gy, y: x };
  const { partial, parts } = partialSums(gpu, shape, tensors, 8, (buffers, sizes) => {
    gpu.dispatch(gradientParts(shape, { RELU: relu ? 1 : 0, RESIDUAL: residual ? 1 : 0 }), {
      buffers: { ...(unused && { g: unused }), ...buffers, statistics, weight, bias },
      sizes,
      workgroups: linearWorkgroups(channels * sizes.parts, 64),
      work: workOf(x, shape, sizes.batch, residual ? 4 : 2, 4),
    });
  });
  unused?.release();
  const lanes = lanesOf(parts);
  gpu.dispatch(gradientFinish.with({ LANES: lanes }), {
    buffers: { partial, statistics, gweight, gbias },
    sizes: { channels, parts },
    workgroups: linearWorkgroups(channels, 64 / lanes),
    work: { bytes: partial.bytes },
  });
  partial.release();
}

export interface BatchNormInputGradient extends BatchNorm {
  /** The output's gradient; the residual's where one was added ahead of ReLU, with `relu` off. */
  gy: GpuBuffer;
  /** Results of `batchNormParameterGradients`: needed where the statistics came from the batch itself. */
  parameterGradients: { gweight: GpuBuffer; gbias: GpuBuffer } | null;
  gx: GpuBuffer;
}

/** Gradient of the input, through the batch's statistics where `parameterGradients` is given. */
export function batchNormInputGradient(gpu: Gpu, options: BatchNormInputGradient): void {
  const { x, gy, statistics, weight, bias, relu, parameterGradients, gx, shape } = options;
  const { gweight, gbias } = parameterGradients ?? { gweight: weight, gbias: weight };
  const { batch, channels, area } = shape;
  const runs = runsOf(shape);
  for (const { buffers, count } of inPictures(gpu, shape, { x, gy, gx })) {
    const planes = count * channels;
    gpu.dispatch(gradientInput(shape, { TRAINING: parameterGradients ? 1 : 0, RELU: relu ? 1 : 0 }), {
      buffers: { ...buffers, statistics, weight, bias, gweight, gbias },
      sizes: { planes, channels, length: lengthOf(shape), runs, inverse_count: 1 / Math.max(1, batch * area) },
      workgroups: linearWorkgroups(planes * runs, 64),
      work: workOf(x, shape, count, 3),
    });
  }
}

export type BatchNormGradients = BatchNormParameterGradients & Pick<BatchNormTraining, 'whole'> & { gx: GpuBuffer };

/**
 * All gradients of a norm that took the batch's own statistics: at once where a workgroup can take whole channels. What goes
 * to a residual that was added ahead of ReLU is what `residual.gresidual` receives; else it is gy itself.
 */
export function batchNormGradients(gpu: Gpu, options: BatchNormGradients): void {
  const {
    x,
    gy,
    statistics,
    weight,
    bias,
    relu,
    residual,
    gweight,
    gbias,
    gx,
    shape,
    whole = isWhole(gpu, shape),
  } = options;
  if (!whole) {
    batchNormParameterGradients(gpu, options);
    // What went through ReLU was found with the residual's gradient; alone it is found again from x.
    const rest = residual ? { gy: residual.gresidual, relu: false } : { gy, relu };
    batchNormInputGradient(gpu, { ...options, ...rest, parameterGradients: { gweight, gbias } });
    return;
  }
  const unused = residual ? null : gpu.allocNumbers(4, 'no residual', x.scalar);
  const { batch, channels, area } = shape;
  const walk = wholeSizes(shape);
  const constants = { RELU: relu ? 1 : 0, RESIDUAL: residual ? 1 : 0, ...wholeConstants(gpu) };
  gpu.dispatch(gradients(shape, constants), {
    buffers: {
      x,
      y: residual?.y ?? x,
      gy,
      statistics,
      weight,
      bias,
      g: residual?.gresidual ?? (unused as GpuBuffer),
      gweight,
      gbias,
      gx,
    },
    sizes: { batch, channels, length: lengthOf(shape), ...walk, inverse_count: 1 / Math.max(1, batch * area) },
    workgroups: linearWorkgroups(channels, walk.each),
    work: workOf(x, shape, batch, residual ? 7 : 5, 4),
  });
  unused?.release();
}

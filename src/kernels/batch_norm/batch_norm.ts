import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import applySource from './apply.wgsl';
import finishSource from './finish.wgsl';
import gradientFinishSource from './gradient_finish.wgsl';
import gradientInputSource from './gradient_input.wgsl';
import gradientPartsSource from './gradient_parts.wgsl';
import runningSource from './running.wgsl';
import statisticsSource from './statistics.wgsl';

const statisticsKernel = defineKernel({ name: 'batch_norm.statistics', source: statisticsSource });
const finish = defineKernel({ name: 'batch_norm.finish', source: finishSource });
const running = defineKernel({ name: 'batch_norm.running', source: runningSource });
const apply = defineKernel({ name: 'batch_norm.apply', source: applySource });
const gradientParts = defineKernel({ name: 'batch_norm.gradient_parts', source: gradientPartsSource });
const gradientFinish = defineKernel({ name: 'batch_norm.gradient_finish', source: gradientFinishSource });
const gradientInput = defineKernel({ name: 'batch_norm.gradient_input', source: gradientInputSource });

/** x and y are [batch, channels, area]. */
export interface BatchNormShape {
  batch: number;
  channels: number;
  area: number;
}

const elements = ({ batch, channels, area }: BatchNormShape): number => batch * channels * area;

/** Whether four neighbouring elements always share a channel. */
function vectors({ area }: BatchNormShape): { ONE_CHANNEL: number } {
  return { ONE_CHANNEL: area % 4 === 0 ? 1 : 0 };
}

/** Into how many parts a channel's sums are cut: about 64 elements each, at most 1024 parts, never finer than a picture's rows allow. */
function partsOf({ batch, area }: BatchNormShape): number {
  return Math.max(1, Math.min(area, 1024, Math.ceil((batch * area) / 64)));
}

/** Invocations that join one channel's parts. */
function lanesOf(parts: number): number {
  return parts > 32 ? 64 : 1;
}

export interface BatchStatistics {
  x: GpuBuffer;
  /** [2, channels]: receives the mean and 1 / √(variance + eps) */
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
export function batchStatistics(gpu: Gpu, options: BatchStatistics): void {
  const { x, statistics, runningMean, runningVar, batchesTracked, momentum, eps, shape } = options;
  const parts = partsOf(shape);
  const lanes = lanesOf(parts);
  const partial = gpu.alloc(8 * shape.channels * parts, 'batch_norm parts');
  gpu.dispatch(statisticsKernel, {
    buffers: { x, partial },
    sizes: { ...shape, parts },
    workgroups: linearWorkgroups(shape.channels * parts, 64),
    work: { flops: 4 * elements(shape), bytes: 4 * elements(shape) },
  });
  gpu.dispatch(finish.with({ LANES: lanes }), {
    buffers: {
      partial,
      statistics,
      running_mean: runningMean,
      running_var: runningVar,
      num_batches_tracked: batchesTracked,
    },
    sizes: { ...shape, parts, momentum, eps },
    workgroups: linearWorkgroups(shape.channels, 64 / lanes),
    work: { bytes: partial.bytes },
  });
  partial.release();
}

/** Statistics for evaluation: [2, channels] from the running mean and variance. */
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

/** y = (x − mean) · weight / √(variance + eps) + bias. */
export function batchNormForward(
  gpu: Gpu,
  {
    x,
    statistics,
    weight,
    bias,
    y,
    shape,
  }: { x: GpuBuffer; statistics: GpuBuffer; weight: GpuBuffer; bias: GpuBuffer; y: GpuBuffer; shape: BatchNormShape },
): void {
  const n = elements(shape);
  gpu.dispatch(apply.with(vectors(shape)), {
    buffers: { x: asVec4(x), statistics, weight, bias, y: asVec4(y) },
    sizes: { n, channels: shape.channels, area: shape.area },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
}

/** Gradients of weight and bias, both [channels]. */
export function batchNormParameterGradients(
  gpu: Gpu,
  options: {
    x: GpuBuffer;
    gy: GpuBuffer;
    statistics: GpuBuffer;
    gweight: GpuBuffer;
    gbias: GpuBuffer;
    shape: BatchNormShape;
  },
): void {
  const { x, gy, statistics, gweight, gbias, shape } = options;
  const { channels } = shape;
  const parts = partsOf(shape);
  const lanes = lanesOf(parts);
  const partial = gpu.alloc(8 * channels * parts, 'batch_norm gradient parts');
  gpu.dispatch(gradientParts, {
    buffers: { x, gy, statistics, partial },
    sizes: { ...shape, parts },
    workgroups: linearWorkgroups(channels * parts, 64),
    work: { flops: 4 * elements(shape), bytes: 8 * elements(shape) },
  });
  gpu.dispatch(gradientFinish.with({ LANES: lanes }), {
    buffers: { partial, statistics, gweight, gbias },
    sizes: { channels, parts },
    workgroups: linearWorkgroups(channels, 64 / lanes),
    work: { bytes: partial.bytes },
  });
  partial.release();
}

export interface BatchNormInputGradient {
  x: GpuBuffer;
  gy: GpuBuffer;
  statistics: GpuBuffer;
  weight: GpuBuffer;
  /** Results of `batchNormParameterGradients`: needed where the statistics came from the batch itself. */
  parameterGradients: { gweight: GpuBuffer; gbias: GpuBuffer } | null;
  gx: GpuBuffer;
  shape: BatchNormShape;
}

/** Gradient of the input, through the batch's statistics where `parameterGradients` is given. */
export function batchNormInputGradient(gpu: Gpu, options: BatchNormInputGradient): void {
  const { x, gy, statistics, weight, parameterGradients, gx, shape } = options;
  const n = elements(shape);
  const { gweight, gbias } = parameterGradients ?? { gweight: weight, gbias: weight };
  gpu.dispatch(gradientInput.with({ TRAINING: parameterGradients ? 1 : 0, ...vectors(shape) }), {
    buffers: { x: asVec4(x), gy: asVec4(gy), statistics, weight, gweight, gbias, gx: asVec4(gx) },
    sizes: { n, channels: shape.channels, area: shape.area, inverse_count: 1 / Math.max(1, shape.batch * shape.area) },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 12 * n },
  });
}

/** Dynamic loss scaling on the device: nothing is read back, so a step that was recorded scales, skips and adapts too. */
import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import beginSource from './begin.wgsl';
import unscaleSource from './unscale.wgsl';
import updateSource from './update.wgsl';

const unscale = defineKernel({ name: 'loss_scale.unscale', source: unscaleSource });
const begin = defineKernel({ name: 'loss_scale.begin', source: beginSource });
const update = defineKernel({ name: 'loss_scale.update', source: updateSource });

/** grad[n] /= scale; an element that is infinite or no number raises the state's overflow flag. */
export function unscaleGradient(gpu: Gpu, { grad, n, state }: { grad: GpuBuffer; n: number; state: GpuBuffer }): void {
  dispatchElements(gpu, unscale, { tensors: { grad }, others: { state }, n, bytes: 8 });
}

export interface BeginStep {
  state: GpuBuffer;
  /** [rows, numbers]: row k is for a step before which k were skipped; the last row for all beyond */
  table: GpuBuffer;
  rows: number;
  numbers: number;
  /** [3 + numbers]: the flag at [2] and the numbers from [3] are written */
  scalars: GpuBuffer;
}

/** Tells an optimiser whether to skip its step, and its numbers. */
export function beginStep(gpu: Gpu, { state, table, rows, numbers, scalars }: BeginStep): void {
  gpu.dispatch(begin, {
    buffers: { state, table, scalars },
    sizes: { rows, numbers },
    workgroups: [Math.ceil(numbers / 64)],
  });
}

export interface UpdateScale {
  /** [1] */
  scale: GpuBuffer;
  state: GpuBuffer;
  growth: number;
  backoff: number;
  /** Steps without overflow after which the scale grows. */
  interval: number;
}

/** Adapts the scale to what became of the step, and clears the overflow flag. */
export function updateScale(gpu: Gpu, { scale, state, growth, backoff, interval }: UpdateScale): void {
  gpu.dispatch(update, {
    buffers: { scale, state },
    sizes: { growth, inverse_growth: 1 / growth, backoff, inverse_backoff: 1 / backoff, interval },
    workgroups: [1],
  });
}

/**
 * Gaussian filter of pictures and volumes, as skimage.filters.gaussian and scipy.ndimage.gaussian_filter: along one axis after
 * another a banded matrix (../affine/banded.wgsl), whose rows hold the bell's weights with those beyond the ends folded back.
 */
import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { AXES, type Step, throughSteps } from '../affine/axes.ts';
import type { Triple } from '../affine/problem.ts';
import { type BandedMatrix, foldIndex } from '../affine/splines.ts';
import { binaryForward, broadcast } from '../elementwise/binary.ts';
import { threeAxes, voxelCount } from '../shape.ts';

/**
 * What lies outside, under SciPy's names: `reflect` a b | b a, `mirror` a b | a, `nearest` a b | b b, `wrap` a b | a b,
 * `constant` a given value.
 */
export const GAUSSIAN_MODES = ['nearest', 'reflect', 'mirror', 'constant', 'wrap'] as const;
export type GaussianMode = (typeof GAUSSIAN_MODES)[number];

export interface GaussianOperands {
  /** float32, one to three axes. */
  x: GpuBuffer;
  /** The same, another buffer. */
  y: GpuBuffer;
  shape: readonly number[];
  /** Standard deviation in voxels, one for all axes or one each; axes with 0 are left as they are. */
  sigma: number | readonly number[];
  /** `nearest` where left out. */
  mode?: GaussianMode;
  /** Value outside, for mode `constant`. */
  cval?: number;
  /** Standard deviations after which the bell is cut; 4 where left out. */
  truncate?: number;
}

/** Weights of the samples −radius … radius around a place; their sum is 1. */
function bell(sigma: number, truncate: number): Float64Array {
  const radius = Math.floor(truncate * sigma + 0.5);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-0.5 * ((k - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The sample that an index stands for; null where nothing is. */
function sampleAt(index: number, size: number, mode: GaussianMode): number | null {
  if (mode === 'wrap') return ((index % size) + size) % size;
  if (mode === 'constant') return index >= 0 && index < size ? index : null;
  return foldIndex(index, size, mode);
}

/** The filter along an axis of `size` samples. */
function filterMatrix(size: number, weights: Float64Array, mode: GaussianMode): BandedMatrix {
  const radius = (weights.length - 1) / 2;
  return Array.from({ length: size }, (_, i) => {
    const indices = Array.from(weights, (_, k) => sampleAt(i + k - radius, size, mode));
    const start = indices.reduce((least: number, index) => Math.min(least, index ?? size), size);
    const end = indices.reduce((most: number, index) => Math.max(most, (index ?? -1) + 1), 0);
    const row = new Float64Array(end - start);
    for (const [k, index] of indices.entries()) {
      if (index !== null) row[index - start] = (row[index - start] as number) + (weights[k] as number);
    }
    return { start, weights: row };
  });
}

/** y = x under a Gaussian bell. Throws UserError for another number of axes or a negative deviation. */
export function gaussian(gpu: Gpu, operands: GaussianOperands): void {
  const { x, y, mode = 'nearest', cval = 0 } = operands;
  const shape: Triple = [...threeAxes('gaussian', operands.shape)];
  const n = voxelCount(shape);
  if (n === 0) return;
  const steps = stepsOf(operands, shape, mode);
  if (steps.length === 0) {
    gpu.copy(x, y, 4 * n);
  } else if (mode !== 'constant' || cval === 0) {
    throughSteps(gpu, { x, shape, steps, y });
  } else {
    aboveConstant(gpu, { x, y, n, cval }, (from, to) => throughSteps(gpu, { x: from, shape, steps, y: to }));
  }
}

function stepsOf({ sigma, truncate = 4, shape: given }: GaussianOperands, shape: Triple, mode: GaussianMode): Step[] {
  const deviations = typeof sigma === 'number' ? given.map(() => sigma) : sigma;
  if (deviations.length !== given.length || deviations.some((each) => !(each >= 0 && each < Infinity))) {
    throw new UserError(
      `gaussian: sigma ${sigma} for ${given.length} axes; it must be one number of at least 0, or one for each axis`,
    );
  }
  const lead = 3 - given.length;
  return AXES.flatMap((axis): Step[] => {
    const deviation = axis < lead ? 0 : (deviations[axis - lead] as number);
    if (deviation < 1e-15) return [];
    return [{ axis, matrix: filterMatrix(shape[axis], bell(deviation, truncate), mode) }];
  });
}

/** With a value all around: filters what exceeds it, since 0 lies around that. */
function aboveConstant(
  gpu: Gpu,
  { x, y, n, cval }: { x: GpuBuffer; y: GpuBuffer; n: number; cval: number },
  filter: (from: GpuBuffer, to: GpuBuffer) => void,
): void {
  const value = gpu.upload(Float32Array.of(cval), 'outside');
  const [above, filtered] = [gpu.alloc(4 * n, 'above the outside'), gpu.alloc(4 * n, 'filtered')];
  const walk = broadcast([n], [], [n]);
  binaryForward(gpu, 'sub', { a: x, b: value, y: above, shape: walk });
  filter(above, filtered);
  binaryForward(gpu, 'add', { a: filtered, b: value, y, shape: walk });
  for (const buffer of [value, above, filtered]) buffer.release();
}

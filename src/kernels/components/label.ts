import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { allocBits, bitWords, complementBits, dispatchWords, linesOf, onMasks } from '../bits/bits.ts';
import { exclusiveScan } from '../scan/scan.ts';
import { type Shape3, threeAxes, voxelCount } from '../shape.ts';
import {
  type Components,
  type Connectivity,
  componentsOfMask,
  componentsOfValues,
  selectByTally,
  selectLargest,
  tallyComponents,
} from './components.ts';
import labelsSource from './labels.wgsl';
import largeLabelsSource from './large_labels.wgsl';
import rootsSource from './roots.wgsl';
import runStart from './run_start.wgsl';

const roots = defineKernel({ name: 'components.roots', source: rootsSource });
const largeLabels = defineKernel({ name: 'components.large_labels', source: largeLabelsSource });
const labels = defineKernel({ name: 'components.labels', source: labelsSource, prelude: runStart });

interface LabelOperands {
  /** Volume of 32-bit integers, one to three axes; 0 is background, equal values belong together. */
  x: GpuBuffer;
  /** Volume of 32-bit integers: the labels. */
  y: GpuBuffer;
  shape: readonly number[];
  /** Axes in which neighbours may differ at once, up to the number of axes, which is the default. */
  connectivity?: number;
}

/** Checks a connectivity against the number of axes. Throws UserError. */
export function checkedConnectivity(
  operation: string,
  shape: readonly number[],
  connectivity = shape.length,
): Connectivity {
  if (![1, 2, 3].includes(connectivity) || connectivity > shape.length) {
    throw new UserError(
      `${operation}: connectivity ${connectivity} with ${shape.length} axes; it must be between 1 and the number of axes`,
    );
  }
  return connectivity as Connectivity;
}

/** y = number of each voxel's component, counted from 1 in raster order of their first voxels: skimage.measure.label. */
export function label(gpu: Gpu, { x, y, shape, connectivity }: LabelOperands): void {
  const shape3 = threeAxes('label', shape);
  const checked = checkedConnectivity('label', shape, connectivity);
  if (voxelCount(shape) === 0) return;
  const components = componentsOfValues(gpu, { values: x, shape: shape3, connectivity: checked });
  writeLabels(gpu, components, y);
  components.release();
}

/** Numbers the components; their tallies are overwritten. */
function writeLabels(gpu: Gpu, { shape, bits, starts, parent, tally: number }: Components, y: GpuBuffer): void {
  const words = bitWords(shape);
  const count = gpu.alloc(4 * words, 'component counts');
  for (const NUMBER of [0, 1]) {
    if (NUMBER === 1) exclusiveScan(gpu, { x: count, n: words });
    dispatchWords(gpu, roots.with({ NUMBER }), shape, {
      buffers: { starts, parent, count, number },
      sizes: linesOf(shape),
    });
  }
  dispatchWords(gpu, labels, shape, { buffers: { bits, starts, parent, number, y }, sizes: linesOf(shape) });
  count.release();
}

interface MaskOperands {
  /** Masks as bits (see bits.ts). */
  x: GpuBuffer;
  /** Another buffer. */
  y: GpuBuffer;
  shape: Shape3;
}

/**
 * y = x and the holes in it: voxels not joined across faces to the border of the volume. `axes` counts the axes from the
 * last that have a border.
 */
export function fillHolesBits(gpu: Gpu, { x, y, shape, axes = 3 }: MaskOperands & { axes?: number }): void {
  const background = allocBits(gpu, shape, 'background');
  complementBits(gpu, { x, y: background, shape });
  const components = componentsOfMask(gpu, { bits: background, shape, connectivity: 1 });
  tallyComponents(gpu, components, { borderAxes: axes });
  selectByTally(gpu, components, y, { least: 1, invert: true });
  components.release();
  background.release();
}

/** y = the largest component of x; all of it where there is none. */
export function largestComponentBits(
  gpu: Gpu,
  { x, y, shape, connectivity }: MaskOperands & { connectivity: Connectivity },
): void {
  const components = componentsOfMask(gpu, { bits: x, shape, connectivity });
  tallyComponents(gpu, components, 'voxels');
  selectLargest(gpu, components, y);
  components.release();
}

/** y = 1 where x is not 0 or in a hole (32-bit integers, one to three axes): scipy.ndimage.binary_fill_holes. */
export function binaryFillHoles(gpu: Gpu, operands: Omit<LabelOperands, 'connectivity'>): void {
  const axes = operands.shape.length;
  const shape = threeAxes('binary_fill_holes', operands.shape);
  if (voxelCount(shape) === 0) return;
  onMasks(gpu, { ...operands, shape }, (x, y) => fillHolesBits(gpu, { x, y, shape, axes }));
}

/** y = 1 in the components of x of at least `minSize` voxels: skimage.morphology.remove_small_objects of a mask. */
export function removeSmallObjects(gpu: Gpu, operands: LabelOperands & { minSize?: number }): void {
  const { minSize = 64, connectivity: given = 1 } = operands;
  const connectivity = checkedConnectivity('remove_small_objects', operands.shape, given);
  const shape = threeAxes('remove_small_objects', operands.shape);
  if (voxelCount(shape) === 0) return;
  onMasks(gpu, { ...operands, shape }, (x, y) => {
    const components = componentsOfMask(gpu, { bits: x, shape, connectivity });
    tallyComponents(gpu, components, 'voxels');
    selectByTally(gpu, components, y, { least: minSize });
    components.release();
  });
}

/**
 * y = x without the labels of fewer than `minSize` voxels, whether these lie together or not: skimage.morphology.
 * remove_small_objects of a label image. `labels` is the greatest label.
 */
export function removeSmallLabels(
  gpu: Gpu,
  { x, y, shape, minSize = 64, labels: most }: LabelOperands & { minSize?: number; labels: number },
): void {
  const n = voxelCount(shape);
  const count = gpu.alloc(4 * (most + 1), 'voxels of labels');
  gpu.clear(count);
  for (const PASS of [0, 1]) {
    gpu.dispatch(largeLabels.with({ PASS }), {
      buffers: { x, count, y },
      sizes: { n, least: minSize },
      workgroups: linearWorkgroups(n, 64),
    });
  }
  count.release();
}

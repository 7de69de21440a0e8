/**
 * Connected components of a mask, kept as runs of voxels along lines. See merge.wgsl for how they are joined. A component is
 * known by its root: the index of its first voxel in raster order.
 */
import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { bitWords, dispatchWords, linesOf } from '../bits/bits.ts';
import { type Shape3, voxelCount } from '../shape.ts';
import flattenSource from './flatten.wgsl';
import largestSource from './largest.wgsl';
import mergeSource from './merge.wgsl';
import runStart from './run_start.wgsl';
import selectSource from './select.wgsl';
import startsSource from './starts.wgsl';
import startsOfValuesSource from './starts_of_values.wgsl';
import tallySource from './tally.wgsl';

const starts = defineKernel({ name: 'components.starts', source: startsSource });
const startsOfValues = defineKernel({ name: 'components.starts_of_values', source: startsOfValuesSource });
const merge = defineKernel({ name: 'components.merge', source: mergeSource, prelude: runStart });
const flatten = defineKernel({ name: 'components.flatten', source: flattenSource });
const tally = defineKernel({ name: 'components.tally', source: tallySource, prelude: runStart });
const largest = defineKernel({ name: 'components.largest', source: largestSource });
const select = defineKernel({ name: 'components.select', source: selectSource, prelude: runStart });

/** 1 joins voxels across faces, 2 also across edges, 3 also across corners. */
export type Connectivity = 1 | 2 | 3;

export interface Components {
  shape: Shape3;
  /** The mask. */
  bits: GpuBuffer;
  /** Bits of the voxels that begin a run. */
  starts: GpuBuffer;
  /** Root of each run, at the run's first voxel. */
  parent: GpuBuffer;
  /** A count for each component, at its root; 0 at first. */
  tally: GpuBuffer;
  release(): void;
}

function allocate(gpu: Gpu, bits: GpuBuffer, shape: Shape3): Components {
  const bytes = 4 * voxelCount(shape);
  const [begins, parent, counts] = [
    gpu.alloc(4 * bitWords(shape), 'runs'),
    gpu.alloc(bytes, 'roots'),
    gpu.alloc(bytes, 'tally'),
  ];
  const release = () => {
    for (const buffer of [bits, begins, parent, counts]) buffer.release();
  };
  return { shape, bits: bits.retain(), starts: begins, parent, tally: counts, release };
}

function join(gpu: Gpu, components: Components, connectivity: Connectivity, values: GpuBuffer | null): void {
  const { shape, bits, starts: begins, parent } = components;
  const [d0, d1, d2] = shape;
  const kernel = merge.with({ CONNECTIVITY: connectivity, VALUED: values ? 1 : 0 });
  const buffers = { bits, starts: begins, values: values ?? bits, parent };
  dispatchWords(gpu, kernel, shape, { buffers, sizes: { d0, d1, d2 } });
  dispatchWords(gpu, flatten, shape, { buffers: { starts: begins, parent }, sizes: linesOf(shape) });
}

/** The components of a mask. */
export function componentsOfMask(
  gpu: Gpu,
  { bits, shape, connectivity }: { bits: GpuBuffer; shape: Shape3; connectivity: Connectivity },
): Components {
  const components = allocate(gpu, bits, shape);
  const { starts: begins, parent, tally: counts } = components;
  dispatchWords(gpu, starts, shape, {
    buffers: { bits, starts: begins, parent, tally: counts },
    sizes: linesOf(shape),
  });
  join(gpu, components, connectivity, null);
  return components;
}

/** The components of equal values other than 0 in a volume of 32-bit integers. */
export function componentsOfValues(
  gpu: Gpu,
  { values, shape, connectivity }: { values: GpuBuffer; shape: Shape3; connectivity: Connectivity },
): Components {
  const bits = gpu.alloc(4 * bitWords(shape), 'bits');
  const components = allocate(gpu, bits, shape);
  bits.release();
  const { starts: begins, parent, tally: counts } = components;
  const buffers = { values, bits, starts: begins, parent, tally: counts };
  dispatchWords(gpu, startsOfValues, shape, { buffers, sizes: linesOf(shape) });
  join(gpu, components, connectivity, values);
  return components;
}

/** Adds to each component's tally its number of voxels, or of voxels on the border of the last `axes` axes. */
export function tallyComponents(gpu: Gpu, components: Components, what: 'voxels' | { borderAxes: number }): void {
  const { shape, bits, starts: begins, parent, tally: counts } = components;
  const [d0, d1, d2] = shape;
  const constants = what === 'voxels' ? { BORDER: 0, AXES: 3 } : { BORDER: 1, AXES: what.borderAxes };
  dispatchWords(gpu, tally.with(constants), shape, {
    buffers: { bits, starts: begins, parent, tally: counts },
    sizes: { d0, d1, d2 },
  });
}

/** y = the voxels of the components whose tally is at least `least`, or with `invert` all other voxels. */
export function selectByTally(
  gpu: Gpu,
  components: Components,
  y: GpuBuffer,
  options: { least: number; invert?: boolean },
): void {
  const { shape, bits, starts: begins, parent, tally: counts } = components;
  dispatchWords(gpu, select.with({ KEEP: 0, INVERT: options.invert ? 1 : 0 }), shape, {
    buffers: { bits, starts: begins, parent, tally: counts, best: counts, y },
    sizes: { ...linesOf(shape), least: options.least },
  });
}

/** y = the voxels of the component with the largest tally, the first of them in raster order where several have it. */
export function selectLargest(gpu: Gpu, components: Components, y: GpuBuffer): void {
  const { shape, bits, starts: begins, parent, tally: counts } = components;
  const best = gpu.upload(Uint32Array.of(0, 0xffffffff), 'largest component');
  for (const PASS of [0, 1]) {
    dispatchWords(gpu, largest.with({ PASS }), shape, {
      buffers: { starts: begins, parent, tally: counts, best },
      sizes: linesOf(shape),
    });
  }
  dispatchWords(gpu, select.with({ KEEP: 1, INVERT: 0 }), shape, {
    buffers: { bits, starts: begins, parent, tally: counts, best, y },
    sizes: { ...linesOf(shape), least: 0 },
  });
  best.release();
}

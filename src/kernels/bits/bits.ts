/**
 * Masks of volumes as bits: a word holds 32 voxels of a line along the last axis, the first in its lowest bit. A line
 * has a whole number of words; bits beyond its end are 0.
 */
import {
  type Dispatch,
  defineKernel,
  type Gpu,
  type GpuBuffer,
  type Kernel,
  linearWorkgroups,
} from '../../gpu/index.ts';
import { type Shape3, voxelCount } from '../shape.ts';
import censusSource from './census.wgsl';
import complementSource from './complement.wgsl';
import packSource from './pack.wgsl';
import unpackSource from './unpack.wgsl';

const pack = defineKernel({ name: 'bits.pack', source: packSource });
const unpack = defineKernel({ name: 'bits.unpack', source: unpackSource });
const complement = defineKernel({ name: 'bits.complement', source: complementSource });
const census = defineKernel({ name: 'bits.census', source: censusSource });

/** A volume as lines along its last axis. */
export function linesOf([d0, d1, d2]: Shape3): { lines: number; length: number } {
  return { lines: d0 * d1, length: d2 };
}

/** Words of a mask of this shape. */
export function bitWords(shape: Shape3): number {
  return shape[0] * shape[1] * Math.ceil(shape[2] / 32);
}

/** Memory for a mask of this shape. */
export function allocBits(gpu: Gpu, shape: Shape3, label = 'bits'): GpuBuffer {
  return gpu.alloc(4 * bitWords(shape), label);
}

/**
 * One invocation for each word of a mask: lines along the workgroups' x (and z), words along y, so that neighbouring
 * invocations do the same word of neighbouring lines, which mostly look alike, and no kernel needs to divide.
 */
export function dispatchWords(gpu: Gpu, kernel: Kernel, shape: Shape3, dispatch: Omit<Dispatch, 'workgroups'>): void {
  const [x, z] = linearWorkgroups(shape[0] * shape[1], 64);
  gpu.dispatch(kernel, { ...dispatch, workgroups: [x, Math.ceil(shape[2] / 32), z] });
}

/** Which voxels are in a mask: of a float32 volume by a limit, of a 32-bit integer volume by equality. */
export type Condition = '>= limit' | '< limit' | '> limit' | '= integer' | '!= integer';

const CONDITIONS: Condition[] = ['>= limit', '< limit', '> limit', '= integer', '!= integer'];

/** bits = where x meets the condition. */
export function packBits(
  gpu: Gpu,
  {
    x,
    bits,
    shape,
    condition,
    limit,
  }: { x: GpuBuffer; bits: GpuBuffer; shape: Shape3; condition: Condition; limit: number },
): void {
  const ofIntegers = condition.endsWith('integer');
  dispatchWords(gpu, pack.with({ CONDITION: CONDITIONS.indexOf(condition) }), shape, {
    buffers: { x, bits },
    sizes: { ...linesOf(shape), limit: ofIntegers ? 0 : limit, integer: ofIntegers ? limit : 0 },
    work: { bytes: 4 * voxelCount(shape) },
  });
}

/** y = 1 where a bit is set, else 0 (32-bit integers). */
export function unpackBits(gpu: Gpu, { bits, y, shape }: { bits: GpuBuffer; y: GpuBuffer; shape: Shape3 }): void {
  const work = { bytes: 4 * voxelCount(shape) };
  dispatchWords(gpu, unpack, shape, { buffers: { bits, y }, sizes: linesOf(shape), work });
}

/** y = the voxels that are not in x. */
export function complementBits(gpu: Gpu, { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: Shape3 }): void {
  dispatchWords(gpu, complement, shape, { buffers: { x, y }, sizes: linesOf(shape) });
}

/** Runs an operation on masks (bits) for volumes of 32-bit integers, where anything but 0 is inside; the result is 0 and 1. */
export function onMasks(
  gpu: Gpu,
  { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: Shape3 },
  run: (before: GpuBuffer, after: GpuBuffer) => void,
): void {
  const [before, after] = [allocBits(gpu, shape), allocBits(gpu, shape)];
  packBits(gpu, { x, bits: before, shape, condition: '!= integer', limit: 0 });
  run(before, after);
  unpackBits(gpu, { bits: after, y, shape });
  before.release();
  after.release();
}

/** Numbers in a census. */
const CENSUS = 5;

/**
 * Counts of voxels in a mask: all, and those on the four sides across axes 0 and 1 (first and last along each). Five 32-bit
 * integers; the caller releases them.
 */
export function censusOfBits(gpu: Gpu, { bits, shape }: { bits: GpuBuffer; shape: Shape3 }): GpuBuffer {
  const [d0, d1, d2] = shape;
  const counts = gpu.upload(new Uint32Array(CENSUS), 'census');
  gpu.dispatch(census, { buffers: { bits, counts }, sizes: { d0, d1, d2 }, workgroups: linearWorkgroups(d0 * d1, 64) });
  return counts;
}

/**
 * Watershed from markers. Pictures and small volumes are flooded in the order of a priority flood
 * (skimage.segmentation.watershed; in_order.wgsl, in-order.ts). Large ones are flooded in parallel, which is equal to it
 * wherever no two elevations tie:
 *
 *   1. flood.wgsl: the least height at which the flood reaches each voxel, relaxed to its fixed point
 *   2. parents.wgsl: each voxel's neighbour that the flood comes from is the lowest one; behind a pass, where levels are
 *      equal, distance.wgsl tells which neighbour is nearer to the pass
 *   3. follow.wgsl: from neighbour to neighbour back to the marker
 *
 * Where elevations tie: lowest level, then least distance on it, then first in raster order.
 */
import { defineKernel, type Gpu, type GpuBuffer, type Kernel } from '../../gpu/index.ts';
import { allocBits, bitWords, dispatchWords, linesOf } from '../bits/bits.ts';
import type { Connectivity } from '../components/components.ts';
import { checkedConnectivity } from '../components/label.ts';
import { type Shape3, threeAxes, voxelCount } from '../shape.ts';
import { sobelNear } from '../sobel/sobel.ts';
import aboveBandSource from './above_band.wgsl';
import bandSource from './band.wgsl';
import beginSource from './begin.wgsl';
import beginBandSource from './begin_band.wgsl';
import distanceSource from './distance.wgsl';
import floodSource from './flood.wgsl';
import followSource from './follow.wgsl';
import inOrderSource from './in_order.wgsl';
import { floodOnHost } from './in-order.ts';
import labelsSource from './labels.wgsl';
import lines from './lines.wgsl';
import ordered from './ordered.wgsl';
import orderedPositive from './ordered_positive.wgsl';
import parentsSource from './parents.wgsl';

const begin = defineKernel({ name: 'watershed.begin', source: beginSource, prelude: ordered });
const band = defineKernel({ name: 'watershed.band', source: bandSource });
const beginBand = defineKernel({ name: 'watershed.begin_band', source: beginBandSource });
const aboveBand = defineKernel({ name: 'watershed.above_band', source: aboveBandSource });

interface Relaxations {
  flood: Kernel;
  distance: Kernel;
}

/** The two relaxations for elevations of one kind; `order` gives their bits as ordered integers. */
function relaxations(order: string): Relaxations {
  const prelude = order + lines;
  return {
    flood: defineKernel({ name: 'watershed.flood', source: floodSource, prelude }),
    distance: defineKernel({ name: 'watershed.distance', source: distanceSource, prelude }),
  };
}

const ofAnySign = relaxations(ordered);
const ofNoSign = relaxations(orderedPositive);
const inOrder = defineKernel({ name: 'watershed.in_order', source: inOrderSource });
const parents = defineKernel({ name: 'watershed.parents', source: parentsSource });
const follow = defineKernel({ name: 'watershed.follow', source: followSource });
const labels = defineKernel({ name: 'watershed.labels', source: labelsSource });

export interface WatershedOperands {
  /** float32, one to three axes. */
  elevation: GpuBuffer;
  /** 32-bit integers, 0 where there is no marker. */
  markers: GpuBuffer;
  /** 32-bit integers, 0 where nothing is flooded. */
  mask?: GpuBuffer;
  /** 32-bit integers: the markers' labels; another buffer than the markers. */
  y: GpuBuffer;
  shape: readonly number[];
  /** Axes in which neighbours may differ at once: 1 (default) to the number of axes. */
  connectivity?: number;
  /** Voxels up to which a volume is flooded in order, ties included; `MIDDLE` where left out. */
  inOrderUpTo?: number;
}

/** One invocation floods so many voxels in a fraction of a second. */
const SMALL = 2 ** 15;
/** The host floods so many in a second. */
const MIDDLE = 2 ** 20;

/** Chunks of a line: as many as its words need at 32 a chunk. */
const chunksOf = (shape: Shape3): number => Math.ceil(Math.ceil(shape[2] / 32) / 32);

/** Rounds between two looks at whether anything still changes. */
const ROUNDS = [4, 8, 16, 32, 64];

interface Relaxation {
  kernel: Kernel;
  buffers: Record<string, GpuBuffer>;
  shape: Shape3;
  connectivity: Connectivity;
}

/** One round: every colour once. */
function round(
  gpu: Gpu,
  { kernel, buffers, shape, connectivity }: Relaxation,
  progress: GpuBuffer,
  index: number,
): void {
  const [d0, d1, d2] = shape;
  const half = (size: number) => Math.ceil(size / 2);
  const chunks = chunksOf(shape);
  const along1 = Math.ceil(half(d1) / 64);
  const colours = connectivity === 1 ? 2 : chunks > 1 ? 8 : 4;
  for (let colour = 0; colour < colours; colour++) {
    gpu.dispatch(kernel.with({ CONNECTIVITY: connectivity }), {
      buffers: { ...buffers, progress },
      sizes: { d0, d1, d2, colour, round: index },
      workgroups: connectivity === 1 ? [along1, d0, chunks] : [along1, half(d0), half(chunks)],
    });
  }
}

/** Runs rounds until one changes nothing. The fixed point is one whatever the order, so the number of rounds is free. */
async function relax(gpu: Gpu, relaxation: Relaxation): Promise<void> {
  for (let look = 0; ; look++) {
    const rounds = ROUNDS[Math.min(look, ROUNDS.length - 1)] as number;
    const progress = gpu.alloc(4 * rounds, 'watershed progress');
    gpu.clear(progress);
    for (let index = 0; index < rounds; index++) round(gpu, relaxation, progress, index);
    const [changed] = new Uint32Array(await gpu.read(progress, 4, 4 * (rounds - 1)));
    progress.release();
    if (changed === 0) return;
  }
}

/** What is known before the flood; see begin.wgsl. */
interface Flood {
  kernels: Relaxations;
  elevation: GpuBuffer;
  open: GpuBuffer;
  level: GpuBuffer;
  waiting: GpuBuffer;
  shape: Shape3;
  connectivity: Connectivity;
}

/** Memory for a flood; nothing waits yet. */
function allocFlood(
  gpu: Gpu,
  kernels: Relaxations,
  elevation: GpuBuffer,
  shape: Shape3,
  connectivity: Connectivity,
): Flood {
  const waiting = gpu.alloc(4 * shape[0] * shape[1] * chunksOf(shape), 'watershed waiting');
  gpu.clear(waiting);
  const [open, level] = [
    gpu.alloc(4 * bitWords(shape), 'watershed open'),
    gpu.alloc(4 * voxelCount(shape), 'watershed level'),
  ];
  return { kernels, elevation, open, level, waiting, shape, connectivity };
}

function releaseFlood({ open, level, waiting }: Flood): void {
  for (const buffer of [open, level, waiting]) buffer.release();
}

/**
 * Floods and returns, at the open voxels of a volume, the index of the marker that each is flooded from with the highest bit
 * set (2³² − 1 where none reaches it). `scratch` holds a 32-bit integer a voxel. The caller releases the result.
 */
async function floodFrom(gpu: Gpu, state: Flood, scratch: GpuBuffer): Promise<GpuBuffer> {
  const { kernels, elevation, open, level, waiting, shape, connectivity } = state;
  const [d0, d1, d2] = shape;
  const unsettled = gpu.alloc(4 * bitWords(shape), 'watershed unsettled');
  gpu.copy(open, unsettled, 4 * bitWords(shape));
  const { flood, distance: steps } = kernels;
  await relax(gpu, { kernel: flood, buffers: { elevation, unsettled, level, waiting }, shape, connectivity });
  unsettled.release();

  const [flat, parent] = [
    gpu.alloc(4 * bitWords(shape), 'watershed flat'),
    gpu.alloc(4 * voxelCount(shape), 'watershed parents'),
  ];
  const distance = scratch;
  gpu.clear(distance);
  gpu.clear(flat);
  gpu.clear(waiting);
  const findParents = (PASS: number) =>
    dispatchWords(gpu, parents.with({ CONNECTIVITY: connectivity, PASS }), shape, {
      buffers: { level, open, distance, flat, parent, waiting },
      sizes: { d0, d1, d2 },
    });
  findParents(0);
  await relax(gpu, { kernel: steps, buffers: { elevation, level, flat, distance, waiting }, shape, connectivity });
  findParents(1);
  flat.release();
  for (const [from, to] of [
    [parent, distance],
    [distance, parent],
  ] as const) {
    dispatchWords(gpu, follow, shape, { buffers: { open, parent: from, y: to }, sizes: linesOf(shape) });
  }
  return parent;
}

/** y = label of the marker from which each voxel is flooded: skimage.segmentation.watershed. Throws UserError for a connectivity beyond the axes. */
export async function watershed(gpu: Gpu, operands: WatershedOperands): Promise<void> {
  const { shape, connectivity = 1, inOrderUpTo = MIDDLE } = operands;
  const shape3 = threeAxes('watershed', shape);
  const checked = checkedConnectivity('watershed', shape, connectivity);
  const voxels = voxelCount(shape);
  if (voxels === 0) return;
  if (voxels <= Math.min(SMALL, inOrderUpTo)) floodInOrder(gpu, operands, shape3, checked);
  else if (voxels <= inOrderUpTo) await floodThere(gpu, operands, shape3, checked);
  else await floodInParallel(gpu, operands, shape3, checked);
}

function floodInOrder(gpu: Gpu, operands: WatershedOperands, shape: Shape3, connectivity: Connectivity): void {
  const { elevation, markers, mask, y } = operands;
  const bytes = 4 * voxelCount(shape);
  const [heap, age] = [gpu.alloc(bytes, 'watershed heap'), gpu.alloc(bytes, 'watershed ages')];
  const [d0, d1, d2] = shape;
  gpu.dispatch(inOrder.with({ MASKED: mask ? 1 : 0 }), {
    buffers: { elevation, markers, mask: mask ?? markers, heap, age, y },
    sizes: { d0, d1, d2, connectivity },
    workgroups: [1],
  });
  heap.release();
  age.release();
}

/** In order on the host. */
async function floodThere(
  gpu: Gpu,
  { elevation, markers, mask, y }: WatershedOperands,
  shape: Shape3,
  connectivity: Connectivity,
): Promise<void> {
  const bytes = 4 * voxelCount(shape);
  const read = async (buffer: GpuBuffer) => new Int32Array(await gpu.read(buffer, bytes));
  const heights = new Float32Array(await gpu.read(elevation, bytes));
  const [marked, inside] = [await read(markers), mask ? await read(mask) : null];
  gpu.write(y, floodOnHost({ elevation: heights, markers: marked, mask: inside, shape, connectivity }));
}

async function floodInParallel(
  gpu: Gpu,
  { elevation, markers, mask, y }: WatershedOperands,
  shape: Shape3,
  connectivity: Connectivity,
): Promise<void> {
  const state = allocFlood(gpu, ofAnySign, elevation, shape, connectivity);
  const { open, level, waiting } = state;
  const MASKED = mask ? 1 : 0;
  const sizes = linesOf(shape);
  dispatchWords(gpu, begin.with({ MASKED }), shape, {
    buffers: { elevation, markers, mask: mask ?? markers, open, level, waiting },
    sizes,
  });
  const parent = await floodFrom(gpu, state, y);
  dispatchWords(gpu, labels.with({ MASKED }), shape, {
    buffers: { open, markers, mask: mask ?? markers, parent, y },
    sizes,
  });
  parent.release();
  releaseFlood(state);
}

export interface BandOperands {
  /** float32 volume. */
  x: GpuBuffer;
  /** Mask as bits: the outcome. */
  bits: GpuBuffer;
  shape: Shape3;
  low: number;
  high: number;
}

/**
 * bits = the voxels that belong to the upper side: those with x > high, and those of the band low ≤ x ≤ high that a flood
 * reaches from there. The watershed of the Sobel magnitude across faces, with all beyond the band as markers of the two
 * sides. The gradient is only made where the flood needs it.
 */
export async function watershedOfBand(gpu: Gpu, { x, bits, shape, low, high }: BandOperands): Promise<void> {
  const bytes = 4 * voxelCount(shape);
  const [above, elevation] = [allocBits(gpu, shape, 'watershed above'), gpu.alloc(bytes, 'gradient')];
  const state = allocFlood(gpu, ofNoSign, elevation, shape, 1);
  const { open, level, waiting } = state;
  const sizes = linesOf(shape);
  dispatchWords(gpu, band, shape, { buffers: { x, open, above }, sizes: { ...sizes, low, high } });
  sobelNear(gpu, { x, bits: open, y: elevation, shape });
  gpu.copy(elevation, level, bytes);
  dispatchWords(gpu, beginBand, shape, { buffers: { open, level, waiting }, sizes });
  const scratch = gpu.alloc(bytes, 'watershed scratch');
  const parent = await floodFrom(gpu, state, scratch);
  dispatchWords(gpu, aboveBand, shape, { buffers: { open, above, parent, bits }, sizes });
  for (const buffer of [above, elevation, scratch, parent]) buffer.release();
  releaseFlood(state);
}

/** Morphology of masks, as skimage.morphology.binary_*: what lies outside the volume changes nothing. */
import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { allocBits, complementBits, dispatchWords, onMasks } from '../bits/bits.ts';
import { type Shape3, threeAxes, voxelCount } from '../shape.ts';
import dilateSource from './dilate.wgsl';

const dilateKernel = defineKernel({ name: 'morphology.dilate', source: dilateSource });

/** A pattern of voxels around its centre, index ⌊size / 2⌋ along each axis. */
export interface Footprint {
  /** As many axes as the volume. */
  shape: readonly number[];
  /** Not 0 where a voxel belongs to it. */
  data: ArrayLike<number>;
}

export interface MorphologyOperands {
  /** 32-bit integers, not 0 inside, one to three axes. */
  x: GpuBuffer;
  /** 32-bit integers, 1 inside; another buffer. */
  y: GpuBuffer;
  shape: readonly number[];
  /** The voxel and those across its faces where left out. */
  footprint?: Footprint | undefined;
}

/** The footprint's voxels relative to its centre. */
function elementsOf({ shape, data }: Footprint): number[][] {
  const [d0, d1, d2] = threeAxes('footprint', shape);
  const elements: number[][] = [];
  for (let voxel = 0; voxel < d0 * d1 * d2; voxel++) {
    if (!data[voxel]) continue;
    const place = [Math.floor(voxel / (d1 * d2)), Math.floor(voxel / d2) % d1, voxel % d2];
    elements.push([d0, d1, d2].map((size, axis) => (place[axis] as number) - Math.floor(size / 2)));
  }
  return elements;
}

/** The centre and its neighbours across faces. */
function cross(axes: number): Footprint {
  const data = Array.from({ length: 3 ** axes }, (_, voxel) => {
    const apart = Array.from({ length: axes }, (_, axis) => Math.abs((Math.floor(voxel / 3 ** axis) % 3) - 1));
    return apart.reduce((sum, each) => sum + each, 0) <= 1 ? 1 : 0;
  });
  return { shape: new Array<number>(axes).fill(3), data };
}

interface BitOperands {
  x: GpuBuffer;
  y: GpuBuffer;
  shape: Shape3;
}

type Step = (gpu: Gpu, operands: BitOperands, elements: number[][]) => void;

/** y = x and all that a footprint laid on its voxels covers. */
function dilate(gpu: Gpu, { x, y, shape }: BitOperands, elements: number[][]): void {
  const [d0, d1, d2] = shape;
  const footprint = gpu.upload(Int32Array.from(elements.flat()), 'footprint');
  dispatchWords(gpu, dilateKernel, shape, {
    buffers: { x, footprint, y },
    sizes: { d0, d1, d2, elements: elements.length },
  });
  footprint.release();
}

/** y = where a footprint fits into x: the complement of the complement, dilated by the footprint turned about its centre. */
function erode(gpu: Gpu, { x, y, shape }: BitOperands, elements: number[][]): void {
  const [outside, covered] = [allocBits(gpu, shape, 'outside'), allocBits(gpu, shape, 'covered')];
  complementBits(gpu, { x, y: outside, shape });
  const turned = elements.map((element) => element.map((place) => -place));
  dilate(gpu, { x: outside, y: covered, shape }, turned);
  complementBits(gpu, { x: covered, y, shape });
  outside.release();
  covered.release();
}

function morphology(name: string, steps: readonly [Step, Step?]): (gpu: Gpu, operands: MorphologyOperands) => void {
  return (gpu, { x, y, shape, footprint = cross(shape.length) }) => {
    if (footprint.shape.length !== shape.length) {
      throw new UserError(
        `${name}: the footprint has shape [${footprint.shape.join(', ')}], the volume [${shape.join(', ')}]; they must have as many axes`,
      );
    }
    const shape3 = threeAxes(name, shape);
    if (voxelCount(shape) === 0) return;
    const elements = elementsOf(footprint);
    const [first, second] = steps;
    onMasks(gpu, { x, y, shape: shape3 }, (before, after) => {
      const between = second ? allocBits(gpu, shape3) : after.retain();
      first(gpu, { x: before, y: between, shape: shape3 }, elements);
      second?.(gpu, { x: between, y: after, shape: shape3 }, elements);
      between.release();
    });
  };
}

/** y = 1 where the footprint, laid on a voxel, lies in x altogether. */
export const binaryErosion = morphology('binary_erosion', [erode]);
/** y = 1 where a footprint laid on a voxel of x reaches. */
export const binaryDilation = morphology('binary_dilation', [dilate]);
/** Erosion, then dilation: what is narrower than the footprint vanishes. */
export const binaryOpening = morphology('binary_opening', [erode, dilate]);
/** Dilation, then erosion: gaps narrower than the footprint are closed. */
export const binaryClosing = morphology('binary_closing', [dilate, erode]);

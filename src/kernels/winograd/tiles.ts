import type { AdapterKind } from '../../gpu/index.ts';
import type { Conv2dShape, Pair } from '../conv2d/shape.ts';
import { inPanels, packedStep, quads, resultStep } from '../matmul/panel-layout.ts';
import { BINDING_BYTES, type Slice } from '../slices.ts';

export type Pass = 'forward' | 'inputGradient' | 'weightGradient';

/** Products: points along both axes. */
export const POINTS = 36;
/** Pixels of a tile along an axis. */
const TILE = 4;
/** What the transforms cost for one number of pictures and weights, and the store of a product's sum, in multiply–adds of a direct pass. */
const COST = { picture: 60, weight: 22, sum: 25 };
/** Multiply–adds of a direct pass below which its time matters less than its smaller error and that it needs no pipelines. */
const LEAST = 2 ** 26;
/** How much dearer direct sums are on a GPU, which few of them leave idle. */
const GPU_DIRECT = 4;
/** Bytes of the transformed tensors of a slice, where a picture does not need more. */
const SCRATCH = 2 ** 25;
/** Elements that pictures of a slice come to a multiple of, so that a view of a buffer can begin there in any type. */
const ALIGNMENT = 128;

/** Tiles of pixels that cover pictures of a size. */
export interface Tiling {
  down: number;
  across: number;
  count: number;
}

export function tilingOf(images: number, [height, width]: Pair): Tiling {
  const [down, across] = [Math.ceil(height / TILE), Math.ceil(width / TILE)];
  return { down, across, count: images * down * across };
}

/** The pixels that a pass cuts into tiles: those it writes, or, for the weights, those of the output gradient. */
function tiledPixels(shape: Conv2dShape, pass: Pass): Pair {
  return pass === 'inputGradient' ? [shape.height, shape.width] : [shape.outHeight, shape.outWidth];
}

/** Rows, columns and terms of each of the products of a pass. */
function productSize(shape: Conv2dShape, pass: Pass, tiles: number) {
  const { inChannels, outChannels } = shape;
  if (pass === 'forward') return { rows: tiles, columns: outChannels, terms: inChannels };
  if (pass === 'inputGradient') return { rows: tiles, columns: inChannels, terms: outChannels };
  return { rows: inChannels, columns: outChannels, terms: tiles };
}

/** Pictures that go together, as many as keep scratch memory within bounds, whatever the type of their numbers. */
function picturesOfSlice({ inChannels, outChannels, ...shape }: Conv2dShape, pixels: Pair, scratch = SCRATCH): number {
  const lengths = [inChannels * shape.height * shape.width, outChannels * shape.outHeight * shape.outWidth];
  let step = 1;
  while (lengths.some((length) => (length * step) % ALIGNMENT !== 0)) step *= 2;
  const largest = 4 * POINTS * tilingOf(1, pixels).count * (inChannels + outChannels);
  return Math.min(shape.batch, step * Math.max(1, Math.floor(scratch / largest / step)));
}

/** Runs of pictures that a pass takes one after the other. */
export function winogradSlices(shape: Conv2dShape, pass: Pass, scratch?: number): Slice[] {
  const count = picturesOfSlice(shape, tiledPixels(shape, pass), scratch);
  return Array.from({ length: Math.ceil(shape.batch / count) }, (_, i) => ({
    first: i * count,
    count: Math.min(count, shape.batch - i * count),
  }));
}

/**
 * Whether a pass goes by Winograd's method: where 36 products of a tile and their transforms cost less than the direct
 * sums. The shape decides, and whether it is a GPU, so that all adapters that run on a CPU add in the same order, and all
 * GPUs do; the costs are those of lavapipe, where transforms are dearest. Few channels leave too little to each transformed
 * number; a few pixels with many channels make the transform of the weights the larger part.
 */
export function suitsWinograd(kind: AdapterKind, shape: Conv2dShape, pass: Pass): boolean {
  const { batch, groups, kernel, stride, dilation, inChannels, outChannels } = shape;
  const plain = groups === 1 && same(kernel, 3) && same(stride, 1) && same(dilation, 1);
  const pixels = tiledPixels(shape, pass);
  const direct = 9 * batch * pixels[0] * pixels[1] * inChannels * outChannels;
  if (!plain || direct < LEAST) return false;
  const tiles = tilingOf(batch, pixels).count;
  const { rows, columns, terms } = productSize(shape, pass, tiles);
  const products = 16 * Math.ceil(rows / 16) * inPanels(columns) * 4 * quads(terms);
  const transforms = COST.picture * tiles * (inChannels + outChannels) + COST.weight * inChannels * outChannels;
  const cost = POINTS * (products + transforms + COST.sum * rows * columns);
  return cost < direct * (kind === 'hardware' ? GPU_DIRECT : 1) && fits(shape, pass);
}

const same = (pair: Pair, value: number): boolean => pair[0] === value && pair[1] === value;

/** Whether the transformed tensors of a slice can be bound under WebGPU's default limit. */
function fits(shape: Conv2dShape, pass: Pass): boolean {
  const pixels = tiledPixels(shape, pass);
  const { rows, columns, terms } = productSize(shape, pass, tilingOf(picturesOfSlice(shape, pixels), pixels).count);
  const longest = Math.max(packedStep(rows, terms), packedStep(columns, terms), resultStep(rows, columns));
  return 4 * POINTS * longest <= BINDING_BYTES;
}

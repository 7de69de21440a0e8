import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { addChunks } from '../matmul/add-chunks.ts';
import { line } from '../matmul/lattice.ts';
import { multiply, type Product, type Way } from '../matmul/product.ts';
import { batchSlices, type Operand, sliceOf } from '../slices.ts';
import { suitsWinograd } from '../winograd/tiles.ts';
import { winogradWeightGradient } from '../winograd/winograd.ts';
import { correlate, tileFor } from './correlate.ts';
import { type InputGradient, packsParts, weightGradientPacked } from './packed.ts';
import { walkable } from './pad.ts';
import { type Conv2dShape, pictureBytes } from './shape.ts';
import { chooseTile, type Forced, isProduct, type Tile, tileConstants, tileCount, type WorkgroupTile } from './tile.ts';
import weightGradientSource from './weight-gradient.wgsl';

const weightGradient = defineKernel({ name: 'conv2d.weightGradient', source: weightGradientSource });

export interface Conv2dWeightGradient extends Forced {
  x: GpuBuffer;
  gy: GpuBuffer;
  /** [outChannels, inChannels / groups, kernel h, kernel w], overwritten, or added to with `accumulate` */
  gweight: GpuBuffer;
  shape: Conv2dShape;
  accumulate?: boolean;
}

/** Sums that are kept at once, so that small layers keep a device busy: more and scratch memory costs more than it gives. */
const SUMS = 2 ** 19;
/** Terms that a part of a split sum has at least. */
const SHORTEST = 512;

/** Output rows (of all pictures) in one part of the weight gradient's sums. */
function weightGradientChunks(shape: Conv2dShape): { chunks: number; rows: number } {
  const sums = shape.outChannels * (shape.inChannels / shape.groups) * shape.kernel[0] * shape.kernel[1];
  const allRows = shape.batch * shape.outHeight;
  const wanted = Math.min(Math.floor(SUMS / sums), Math.ceil((allRows * shape.outWidth) / SHORTEST), allRows);
  const rows = Math.ceil(allRows / Math.max(1, wanted));
  return { chunks: rows === 0 ? 0 : Math.ceil(allRows / rows), rows };
}

export interface Parts {
  x: Operand;
  gy: Operand;
  /** [chunks, outChannels, inChannels / groups, kernel h, kernel w] */
  partial: GpuBuffer;
  shape: Conv2dShape;
  chunks: number;
  rows: number;
}

/** gweight: the gradient of the weights from that of the output; zero for an empty batch. */
export function conv2dWeightGradient(gpu: Gpu, gradient: Conv2dWeightGradient): void {
  const { shape, accumulate = false, tile } = gradient;
  if (!tile && suitsWinograd(gpu.info.kind, shape, 'weightGradient')) return winogradWeightGradient(gpu, gradient);
  const { xBytes, yBytes, largest } = pictureBytes(shape, gradient.x.scalar);
  for (const slice of batchSlices(shape.batch, [xBytes, yBytes], gradient.sliceBytes, largest)) {
    weightGradientSlice(gpu, {
      ...gradient,
      x: sliceOf(gradient.x, slice, shape.batch, xBytes),
      gy: sliceOf(gradient.gy, slice, shape.batch, yBytes),
      shape: { ...shape, batch: slice.count },
      accumulate: accumulate || slice.first > 0,
      beside: null,
    });
  }
}

export interface WeightGradientSlice extends Pick<Forced, 'tile'> {
  x: Operand;
  gy: Operand;
  gweight: GpuBuffer;
  shape: Conv2dShape;
  accumulate: boolean;
  /** The input gradient of the same pictures, to be computed too. */
  beside: InputGradient | null;
}

/** The gradients from so many pictures as are bound at once. */
export function weightGradientSlice(gpu: Gpu, slice: WeightGradientSlice): void {
  const { x, gy, gweight, shape, accumulate, tile: forced, beside } = slice;
  const { groups, kernel } = shape;
  const terms = (shape.inChannels / groups) * kernel[0] * kernel[1];
  const n = shape.outChannels * terms;
  const { chunks, rows } = weightGradientChunks(shape);
  const direct = chunks === 1 && !accumulate;
  const partial = direct ? gweight.retain() : gpu.alloc(4 * chunks * n, 'conv2d partial weight gradients');
  const extent = { m: shape.outChannels / groups, n: terms, count: groups * chunks };
  const tile = forced ?? chooseTile(gpu, 'weightGradient', extent);
  const parts: Parts = { x, gy, partial, shape, chunks, rows };
  const packed = chunks > 0 && isPacked(tile) && packsParts(gpu, parts, null);
  const shared = packed && beside && sharesPacked(gpu, parts, beside, forced) ? beside : null;
  if (packed) weightGradientPacked(gpu, parts, shared);
  else if (chunks > 0 && isProduct(tile)) productOfParts(gpu, parts, tile.way);
  else if (chunks > 0) tiled(gpu, parts, tile as WorkgroupTile);
  if (!direct) addChunks(gpu, { partial, total: gweight, n, chunks, accumulate });
  partial.release();
  if (beside && !shared) correlate(gpu, beside.buffers, beside.sizes, forced);
}

const isPacked = (tile: Tile): boolean => isProduct(tile) && tile.way === 'packed';

/** Whether the input gradient goes by packed factors too. */
function sharesPacked(gpu: Gpu, parts: Parts, beside: InputGradient, forced?: Tile): boolean {
  return beside.sizes.every((size) => isPacked(tileFor(gpu, size, forced))) && packsParts(gpu, parts, beside);
}

/** One product: rows are outputs, columns taps, terms the output pixels. */
function productOfParts(gpu: Gpu, { x, gy, partial, shape, chunks, rows }: Parts, way: Way): void {
  const { batch, groups, kernel, stride, dilation, outHeight, outWidth } = shape;
  const channels = shape.inChannels / groups;
  const outputs = shape.outChannels / groups;
  const picture = walkable(gpu, x, {
    planes: batch * shape.inChannels,
    size: [shape.height, shape.width],
    grid: [outHeight, outWidth],
    kernel,
    stride,
    dilation,
    pad: shape.padding,
  });
  const plane = picture.height * picture.width;
  const area = outHeight * outWidth;
  const taps = kernel[0] * kernel[1];
  const product: Product = {
    name: 'conv2d.weightGradient',
    a: gy,
    b: picture.buffer,
    y: partial,
    rows: line(outputs, area, channels * taps),
    columns: {
      count: channels * taps,
      middle: kernel[0],
      inner: kernel[1],
      u: [plane, dilation[0] * picture.width, dilation[1], picture.start],
      v: [taps, kernel[1], 1, 0],
    },
    terms: {
      count: batch * area,
      middle: outHeight,
      inner: outWidth,
      u: [shape.outChannels * area, outWidth, 1, 0],
      v: [shape.inChannels * plane, stride[0] * picture.width, stride[1], 0],
    },
    groups,
    aGroup: outputs * area,
    bGroup: channels * plane,
    yGroup: outputs * channels * taps,
    chunks,
    chunkTerms: rows * outWidth,
    yChunk: shape.outChannels * channels * taps,
  };
  multiply(gpu, product, way);
  picture.release();
}

function tiled(gpu: Gpu, { x, gy, partial, shape, chunks, rows }: Parts, tile: WorkgroupTile): void {
  const { groups, kernel, stride, dilation, padding } = shape;
  const channels = shape.inChannels / groups;
  const outputs = shape.outChannels / groups;
  const n = shape.outChannels * channels * kernel[0] * kernel[1];
  const extent = { m: outputs, n: channels * kernel[0] * kernel[1], count: groups * chunks };
  gpu.dispatch(
    weightGradient.with({
      ...tileConstants(tile),
      KERNEL_H: kernel[0],
      KERNEL_W: kernel[1],
      STRIDE_H: stride[0],
      STRIDE_W: stride[1],
      DILATION_H: dilation[0],
      DILATION_W: dilation[1],
    }),
    {
      buffers: { x, gy, partial },
      sizes: {
        batch: shape.batch,
        groups,
        channels,
        outputs,
        x_height: shape.height,
        x_width: shape.width,
        y_height: shape.outHeight,
        y_width: shape.outWidth,
        pad_h: padding[0],
        pad_w: padding[1],
        chunks,
        chunk_rows: rows,
      },
      workgroups: linearWorkgroups(tileCount(extent, tile), 1),
      work: {
        flops: 2 * n * shape.batch * shape.outHeight * shape.outWidth,
        bytes: x.bytes + gy.bytes + 4 * chunks * n,
      },
    },
  );
}

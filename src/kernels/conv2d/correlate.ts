import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { line, wrapped } from '../matmul/lattice.ts';
import { multiply, type Product, type Way } from '../matmul/product.ts';
import type { Operand } from '../slices.ts';
import { correlatePacked, packsPicture } from './packed.ts';
import { walkable } from './pad.ts';
import { channelBlock, type Pair, PLACE_BYTES } from './shape.ts';
import { chooseTile, isProduct, type Tile, tileConstants, tileCount, type WorkgroupTile } from './tile.ts';
import tiledSource from './tiled.wgsl';
import { walkOf } from './walk-of.ts';

const tiled = {
  forward: defineKernel({ name: 'conv2d.forward', source: tiledSource }),
  inputGradient: defineKernel({ name: 'conv2d.inputGradient', source: tiledSource }),
};

/**
 * What the forward pass and the input gradient have in common: a picture walked with a stride and summed with weights,
 * written to every step-th pixel of the result.
 */
export interface Correlation {
  pass: keyof typeof tiled;
  batch: number;
  groups: number;
  /** Channels of x and y, of one group. */
  channels: number;
  outputs: number;
  /** Height and width of x and y. */
  xSize: Pair;
  ySize: Pair;
  /** Rows and columns computed, and where in y they lie. */
  grid: Pair;
  first: Pair;
  step: Pair;
  kernel: Pair;
  /** Taps of the whole kernel, of which a walk may meet a part. */
  taps: number;
  stride: Pair;
  dilation: Pair;
  /** Rows and columns before the first one of x; negative: the walk begins inside. */
  pad: Pair;
  weightAt: WeightStrides;
}

/** Where the weight of a group, output, channel, row and column lies, in elements; strides may be negative. */
export interface WeightStrides {
  start: number;
  group: number;
  output: number;
  channel: number;
  row: number;
  column: number;
}

export interface CorrelationBuffers {
  x: Operand;
  weight: GpuBuffer;
  bias?: GpuBuffer | undefined;
  y: Operand;
}

/** For each of the walks over x, y = the sum over taps of weight · x, by the tile that suits the adapter, or the one given. */
export function correlate(gpu: Gpu, buffers: CorrelationBuffers, sizes: readonly Correlation[], forced?: Tile): void {
  const packed: Correlation[] = [];
  for (const size of sizes.flatMap((each) => bandsOf(each, gpu.bindingBytes))) {
    if (size.batch * size.grid[0] * size.grid[1] === 0) continue;
    const tile = tileFor(gpu, size, forced);
    if (!isProduct(tile)) correlateTiled(gpu, buffers, size, tile);
    else if (tile.way === 'packed' && packsPicture(gpu, size.channels, sizes.map(walkOf))) packed.push(size);
    else correlateProduct(gpu, buffers, size, tile.way);
  }
  if (packed.length > 0) correlatePacked(gpu, buffers, packed);
}

/** A walk as walks over bands of rows, so that the table of a band's places is no larger than `bytes`. */
function bandsOf(size: Correlation, bytes: number): Correlation[] {
  const { batch, grid, pad, first, step, stride } = size;
  const most = Math.max(1, Math.floor(bytes / (PLACE_BYTES * Math.max(1, batch * grid[1]))));
  if (grid[0] <= most) return [size];
  return Array.from({ length: Math.ceil(grid[0] / most) }, (_, i) => {
    const row = i * most;
    return {
      ...size,
      grid: [Math.min(most, grid[0] - row), grid[1]],
      pad: [pad[0] - row * stride[0], pad[1]],
      first: [first[0] + row * step[0], first[1]],
    };
  });
}

/** The tile for a walk. */
export function tileFor(gpu: Gpu, { pass, batch, grid, outputs, groups }: Correlation, forced?: Tile): Tile {
  return forced ?? chooseTile(gpu, pass, { m: outputs, n: batch * grid[0] * grid[1], count: groups });
}

/** One product: rows are outputs, columns pixels, terms the taps. */
function correlateProduct(gpu: Gpu, { x, weight, bias, y }: CorrelationBuffers, size: Correlation, way: Way): void {
  const { batch, groups, channels, outputs, grid, kernel, stride, dilation, first, step, weightAt } = size;
  const picture = walkable(gpu, x, walkOf(size));
  const plane = picture.height * picture.width;
  const [yHeight, yWidth] = size.ySize;
  const area = yHeight * yWidth;
  const taps = kernel[0] * kernel[1];
  const product: Product = {
    name: `conv2d.${size.pass}`,
    a: weight,
    b: picture.buffer,
    bias,
    y,
    rows: line(outputs, weightAt.output, area),
    columns: {
      count: batch * grid[0] * grid[1],
      middle: grid[0],
      inner: grid[1],
      u: [groups * channels * plane, stride[0] * picture.width, stride[1], picture.start],
      v: [groups * outputs * area, step[0] * yWidth, step[1], first[0] * yWidth + first[1]],
    },
    terms: {
      count: channels * taps,
      middle: kernel[0],
      inner: kernel[1],
      u: [weightAt.channel, weightAt.row, weightAt.column, weightAt.start],
      v: [plane, dilation[0] * picture.width, dilation[1], 0],
      block: channelBlock(channels),
    },
    groups,
    aGroup: weightAt.group,
    bGroup: channels * plane,
    yGroup: outputs * area,
    biasStride: { row: 1, column: 0, group: outputs },
  };
  try {
    multiply(gpu, product, way);
  } finally {
    picture.release();
  }
}

function correlateTiled(
  gpu: Gpu,
  { x, weight, bias, y }: CorrelationBuffers,
  size: Correlation,
  tile: WorkgroupTile,
): void {
  const pixels = size.batch * size.grid[0] * size.grid[1];
  const extent = { m: size.outputs, n: pixels, count: size.groups };
  const kernel = tiled[size.pass].with({
    ...tileConstants(tile),
    CHANNEL_BLOCK: channelBlock(size.channels),
    KERNEL_H: size.kernel[0],
    KERNEL_W: size.kernel[1],
    STRIDE_H: size.stride[0],
    STRIDE_W: size.stride[1],
    DILATION_H: size.dilation[0],
    DILATION_W: size.dilation[1],
    HAS_BIAS: bias ? 1 : 0,
  });
  const sums = pixels * size.outputs * size.groups;
  gpu.dispatch(kernel, {
    buffers: { x, weight, bias: bias ?? weight, y },
    sizes: {
      batch: size.batch,
      groups: size.groups,
      channels: size.channels,
      outputs: size.outputs,
      x_height: size.xSize[0],
      x_width: size.xSize[1],
      y_height: size.ySize[0],
      y_width: size.ySize[1],
      rows: size.grid[0],
      columns: size.grid[1],
      pad_h: size.pad[0],
      pad_w: size.pad[1],
      first_h: size.first[0],
      first_w: size.first[1],
      step_h: size.step[0],
      step_w: size.step[1],
      weight_start: wrapped(size.weightAt.start),
      weight_group: wrapped(size.weightAt.group),
      weight_output: wrapped(size.weightAt.output),
      weight_channel: wrapped(size.weightAt.channel),
      weight_h: wrapped(size.weightAt.row),
      weight_w: wrapped(size.weightAt.column),
    },
    workgroups: linearWorkgroups(tileCount(extent, tile), 1),
    work: {
      flops: 2 * sums * size.channels * size.kernel[0] * size.kernel[1],
      bytes: x.bytes + weight.bytes + 4 * sums,
    },
  });
}

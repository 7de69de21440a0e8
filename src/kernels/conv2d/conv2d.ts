/**
 * The four passes of a convolution, in the layout and meaning of torch.nn.functional.conv2d. Buffers hold f32; sums run
 * in an order that the shape alone determines.
 */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import addChunksSource from './add-chunks.wgsl';
import biasGradientSource from './bias-gradient.wgsl';
import { correlate } from './correlate.ts';
import { both, pixelClasses, type StrideClass } from './input-gradient.ts';
import type { Conv2dShape } from './shape.ts';
import { chooseTile, type Tile, tileConstants, tileCount } from './tile.ts';
import turnSource from './turn.wgsl';
import weightGradientSource from './weight-gradient.wgsl';

export { type Conv2dOptions, type Conv2dShape, conv2dFlops, conv2dShape } from './shape.ts';

const turn = defineKernel({ name: 'conv2d.turn', source: turnSource });
const weightGradient = defineKernel({ name: 'conv2d.weightGradient', source: weightGradientSource });
const addChunks = defineKernel({ name: 'conv2d.addChunks', source: addChunksSource });
const biasGradientKernel = defineKernel({ name: 'conv2d.biasGradient', source: biasGradientSource });

/** Takes the place of the choice by shape and adapter: for tuning, and for the test that no tile changes a bit. */
export interface Forced {
  tile?: Tile | undefined;
}

export interface Conv2dForward extends Forced {
  /** [batch, inChannels, height, width] */
  x: GpuBuffer;
  /** [outChannels, inChannels / groups, kernel h, kernel w] */
  weight: GpuBuffer;
  /** [outChannels] */
  bias?: GpuBuffer | undefined;
  /** [batch, outChannels, outHeight, outWidth], overwritten */
  y: GpuBuffer;
  shape: Conv2dShape;
}

/** y = x ∗ weight + bias. */
export function conv2dForward(gpu: Gpu, { x, weight, bias, y, shape, tile }: Conv2dForward): void {
  const { batch, groups, kernel, stride, dilation, padding } = shape;
  const grid = [shape.outHeight, shape.outWidth] as const;
  correlate(
    gpu,
    { x, weight, bias, y },
    {
      pass: 'forward',
      batch,
      groups,
      channels: shape.inChannels / groups,
      outputs: shape.outChannels / groups,
      xSize: [shape.height, shape.width],
      ySize: grid,
      grid,
      first: [0, 0],
      step: [1, 1],
      kernel,
      stride,
      dilation,
      pad: padding,
    },
    tile,
  );
}

export interface Conv2dInputGradient extends Forced {
  /** [batch, outChannels, outHeight, outWidth] */
  gy: GpuBuffer;
  weight: GpuBuffer;
  /** [batch, inChannels, height, width], overwritten */
  gx: GpuBuffer;
  shape: Conv2dShape;
}

/** gx: the gradient of the input from that of the output. */
export function conv2dInputGradient(gpu: Gpu, { gy, weight, gx, shape, tile }: Conv2dInputGradient): void {
  if (shape.batch === 0) return;
  const classes = pixelClasses(shape);
  if (classes.some(([row, column]) => row.taps * column.taps === 0)) gpu.clear(gx);
  for (const each of classes) {
    if (each[0].taps * each[1].taps === 0) continue;
    const turned = turnWeights(gpu, weight, shape, each);
    const { groups } = shape;
    correlate(
      gpu,
      { x: gy, weight: turned, y: gx },
      {
        pass: 'inputGradient',
        batch: shape.batch,
        groups,
        channels: shape.outChannels / groups,
        outputs: shape.inChannels / groups,
        xSize: [shape.outHeight, shape.outWidth],
        ySize: [shape.height, shape.width],
        grid: both(each, 'count'),
        first: both(each, 'first'),
        step: shape.stride,
        kernel: both(each, 'taps'),
        stride: [1, 1],
        dilation: both(each, 'dilation'),
        pad: [-each[0].start, -each[1].start],
      },
      tile,
    );
    turned.release();
  }
}

function turnWeights(gpu: Gpu, weight: GpuBuffer, shape: Conv2dShape, classes: [StrideClass, StrideClass]): GpuBuffer {
  const [row, column] = classes;
  const { groups } = shape;
  const n = shape.inChannels * (shape.outChannels / groups) * row.taps * column.taps;
  const turned = gpu.alloc(4 * n, 'conv2d turned weights');
  gpu.dispatch(turn, {
    buffers: { weight, turned },
    sizes: {
      groups,
      channels: shape.inChannels / groups,
      outputs: shape.outChannels / groups,
      kernel_h: shape.kernel[0],
      kernel_w: shape.kernel[1],
      taps_h: row.taps,
      taps_w: column.taps,
      last_h: row.last,
      last_w: column.last,
      step_h: row.step,
      step_w: column.step,
    },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
  return turned;
}

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
const SHORTEST = 256;

/** Output rows (of all pictures) in one part of the weight gradient's sums. */
export function weightGradientChunks(shape: Conv2dShape): { chunks: number; rows: number } {
  const sums = shape.outChannels * (shape.inChannels / shape.groups) * shape.kernel[0] * shape.kernel[1];
  const allRows = shape.batch * shape.outHeight;
  const wanted = Math.min(Math.floor(SUMS / sums), Math.ceil((allRows * shape.outWidth) / SHORTEST), allRows);
  const rows = Math.ceil(allRows / Math.max(1, wanted));
  return { chunks: rows === 0 ? 0 : Math.ceil(allRows / rows), rows };
}

/** gweight: the gradient of the weights from that of the output; zero for an empty batch. */
export function conv2dWeightGradient(gpu: Gpu, { x, gy, gweight, shape, accumulate = false, tile: forced }: Conv2dWeightGradient): void {
  const { groups, kernel, stride, padding, dilation } = shape;
  const taps = kernel[0] * kernel[1];
  const channels = shape.inChannels / groups;
  const outputs = shape.outChannels / groups;
  const n = shape.outChannels * channels * taps;
  const { chunks, rows } = weightGradientChunks(shape);
  const direct = chunks === 1 && !accumulate;
  const partial = direct ? gweight.retain() : gpu.alloc(4 * chunks * n, 'conv2d partial weight gradients');
  const extent = { m: outputs, n: channels * taps, count: groups * chunks };
  const tile = forced ?? chooseTile(extent, gpu.info.kind);
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
      work: { flops: 2 * n * shape.batch * shape.outHeight * shape.outWidth, bytes: x.bytes + gy.bytes + 4 * chunks * n },
    },
  );
  if (!direct) {
    gpu.dispatch(addChunks.with({ ACCUMULATE: accumulate ? 1 : 0 }), {
      buffers: { partial, total: gweight },
      sizes: { n, chunks },
      workgroups: linearWorkgroups(n, 256),
      work: { bytes: 4 * (chunks + 1) * n },
    });
  }
  partial.release();
}

export interface BiasGradient {
  /** [batch, channels, area] */
  gy: GpuBuffer;
  /** [channels], overwritten, or added to with `accumulate` */
  gbias: GpuBuffer;
  batch: number;
  channels: number;
  /** Pixels of a channel; 1 for a linear layer. */
  area: number;
  accumulate?: boolean;
}

/** gbias[channel] = Σ gy over pictures and pixels. */
export function biasGradient(gpu: Gpu, { gy, gbias, batch, channels, area, accumulate = false }: BiasGradient): void {
  gpu.dispatch(biasGradientKernel.with({ ACCUMULATE: accumulate ? 1 : 0 }), {
    buffers: { gy, gbias },
    sizes: { batch, channels, area },
    workgroups: linearWorkgroups(channels, 1),
    work: { bytes: 4 * channels * (batch * area + 1) },
  });
}

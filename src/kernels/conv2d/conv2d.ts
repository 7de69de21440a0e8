/**
 * The four passes of a convolution, in the layout and meaning of torch.nn.functional.conv2d. Buffers hold f32; sums run
 * in an order that the shape alone determines.
 */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import biasGradientSource from './bias-gradient.wgsl';
import { correlate } from './correlate.ts';
import { both, pixelClasses, type StrideClass } from './input-gradient.ts';
import type { Conv2dShape } from './shape.ts';
import type { Forced } from './tile.ts';
import turnSource from './turn.wgsl';

export { type Conv2dOptions, type Conv2dShape, conv2dFlops, conv2dShape } from './shape.ts';
export { type Conv2dWeightGradient, conv2dWeightGradient } from './weight-gradient.ts';

const turn = defineKernel({ name: 'conv2d.turn', source: turnSource });
const biasGradientKernel = defineKernel({ name: 'conv2d.biasGradient', source: biasGradientSource });


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

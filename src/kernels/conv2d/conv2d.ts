/**
 * The four passes of a convolution, in the layout and meaning of torch.nn.functional.conv2d. Pictures and weights
 * hold f32 or f16 alike, gradients of weights and biases either; sums are f32 and run in an order that the shape alone
 * determines.
 */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import { reduceSum } from '../reduce/sum.ts';
import { batchSlices, sliceOf } from '../slices.ts';
import { suitsWinograd } from '../winograd/tiles.ts';
import { winogradForward } from '../winograd/winograd.ts';
import biasGradientSource from './bias-gradient.wgsl';
import { type Correlation, correlate } from './correlate.ts';
import { type Conv2dShape, pictureBytes } from './shape.ts';
import type { Forced } from './tile.ts';

export { type Conv2dGradients, conv2dGradients } from './gradients.ts';
export { type Conv2dInputGradient, conv2dInputGradient } from './input-gradient.ts';
export { type Conv2dOptions, type Conv2dShape, conv2dFlops, conv2dShape } from './shape.ts';
export { type Conv2dWeightGradient, conv2dWeightGradient } from './weight-gradient.ts';

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
export function conv2dForward(gpu: Gpu, pass: Conv2dForward): void {
  const { x, weight, bias, y, shape, tile, sliceBytes } = pass;
  if (!tile && suitsWinograd(gpu.info.kind, shape, 'forward')) return winogradForward(gpu, pass);
  const { groups, kernel, stride, dilation, padding } = shape;
  const grid = [shape.outHeight, shape.outWidth] as const;
  const channels = shape.inChannels / groups;
  const outputs = shape.outChannels / groups;
  const taps = kernel[0] * kernel[1];
  const { xBytes, yBytes, largest } = pictureBytes(shape, x.scalar);
  for (const slice of batchSlices(shape.batch, [xBytes, yBytes], sliceBytes, largest)) {
    const buffers = {
      x: sliceOf(x, slice, shape.batch, xBytes),
      weight,
      bias,
      y: sliceOf(y, slice, shape.batch, yBytes),
    };
    const correlation: Correlation = {
      pass: 'forward',
      batch: slice.count,
      groups,
      channels,
      outputs,
      xSize: [shape.height, shape.width],
      ySize: grid,
      grid,
      first: [0, 0],
      step: [1, 1],
      kernel,
      taps,
      stride,
      dilation,
      pad: padding,
      weightAt: {
        start: 0,
        group: outputs * channels * taps,
        output: channels * taps,
        channel: taps,
        row: kernel[1],
        column: 1,
      },
    };
    correlate(gpu, buffers, [correlation], tile);
  }
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

/** Terms from which on the 64 accumulators of a channel lose more than a tree of sums. */
const LONG = 2 ** 17;

/** gbias[channel] = Σ gy over pictures and pixels. */
export function biasGradient(gpu: Gpu, gradient: BiasGradient): void {
  const { gy, gbias, batch, channels, area, accumulate = false } = gradient;
  if (batch * area > LONG) return longBiasGradient(gpu, gradient);
  const bytes = SCALAR_BYTES[gy.scalar] * channels * area;
  for (const slice of batchSlices(batch, [bytes])) {
    gpu.dispatch(biasGradientKernel.with({ ACCUMULATE: accumulate || slice.first > 0 ? 1 : 0 }), {
      buffers: { gy: sliceOf(gy, slice, batch, bytes), gbias },
      sizes: { batch: slice.count, channels, area },
      workgroups: linearWorkgroups(channels, 1),
      work: { bytes: slice.count * bytes + 4 * channels },
    });
  }
}

/** The sums of pixels, or of the pictures where there is one pixel each, by trees; then what is left. */
function longBiasGradient(gpu: Gpu, { gy, batch, channels, area, ...rest }: BiasGradient): void {
  const left = area > 1 ? batch : 1;
  const sums = gpu.allocNumbers(left * channels, 'sums of a bias gradient', 'f32');
  if (area > 1) reduceSum(gpu, { x: gy, y: sums, outer: batch * channels, n: area, inner: 1 });
  else reduceSum(gpu, { x: gy, y: sums, outer: 1, n: batch, inner: channels });
  biasGradient(gpu, { ...rest, gy: sums, batch: left, channels, area: 1 });
  sums.release();
}

import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { batchSlices, sliceOf } from '../slices.ts';
import { suitsWinograd } from '../winograd/tiles.ts';
import { winogradInputGradient } from '../winograd/winograd.ts';
import { type Correlation, correlate } from './correlate.ts';
import { type Conv2dShape, pictureBytes } from './shape.ts';
import { type PixelClass, pixelClasses } from './stride-classes.ts';
import type { Forced } from './tile.ts';

export interface Conv2dInputGradient extends Forced {
  /** [batch, outChannels, outHeight, outWidth] */
  gy: GpuBuffer;
  weight: GpuBuffer;
  /** [batch, inChannels, height, width], overwritten */
  gx: GpuBuffer;
  shape: Conv2dShape;
}

/** gx: the gradient of the input from that of the output. */
export function conv2dInputGradient(gpu: Gpu, pass: Conv2dInputGradient): void {
  const { gy, weight, gx, shape, tile, sliceBytes } = pass;
  if (!tile && suitsWinograd(gpu.info.kind, shape, 'inputGradient')) return winogradInputGradient(gpu, pass);
  if (shape.batch === 0) return;
  clearUnmet(gpu, gx, shape);
  const { xBytes, yBytes, largest } = pictureBytes(shape, gy.scalar);
  for (const slice of batchSlices(shape.batch, [xBytes, yBytes], sliceBytes, largest)) {
    const buffers = {
      x: sliceOf(gy, slice, shape.batch, yBytes),
      weight,
      y: sliceOf(gx, slice, shape.batch, xBytes),
    };
    correlate(gpu, buffers, inputGradientWalks(shape, slice.count), tile);
  }
}

const isMet = ([row, column]: PixelClass): boolean => row.taps * column.taps > 0;

/** Pixels that meet no tap have no gradient. */
export function clearUnmet(gpu: Gpu, gx: GpuBuffer, shape: Conv2dShape): void {
  if (!pixelClasses(shape).every(isMet)) gpu.clear(gx);
}

/** The walks over the output gradient of so many pictures, one for each class of pixels. */
export function inputGradientWalks(shape: Conv2dShape, batch: number): Correlation[] {
  return pixelClasses(shape)
    .filter(isMet)
    .map((each) => classCorrelation(shape, batch, each));
}

/** The input gradient at the pixels of one class, as a walk over the output gradient, last taps first. */
function classCorrelation(shape: Conv2dShape, batch: number, [row, column]: PixelClass): Correlation {
  const { groups, kernel } = shape;
  const channels = shape.inChannels / groups;
  const outputs = shape.outChannels / groups;
  const taps = kernel[0] * kernel[1];
  return {
    pass: 'inputGradient',
    batch,
    groups,
    channels: outputs,
    outputs: channels,
    xSize: [shape.outHeight, shape.outWidth],
    ySize: [shape.height, shape.width],
    grid: [row.count, column.count],
    first: [row.first, column.first],
    step: shape.stride,
    kernel: [row.taps, column.taps],
    taps,
    stride: [1, 1],
    dilation: [row.dilation, column.dilation],
    pad: [-row.start, -column.start],
    weightAt: {
      start: row.last * kernel[1] + column.last,
      group: outputs * channels * taps,
      output: taps,
      channel: channels * taps,
      row: -row.step * kernel[1],
      column: -column.step,
    },
  };
}

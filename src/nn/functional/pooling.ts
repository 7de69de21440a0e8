import {
  adaptiveAvgPool2dBackward,
  adaptiveAvgPool2dForward,
} from '../../kernels/adaptive_avg_pool2d/adaptive_avg_pool2d.ts';
import { avgPool2dBackward, avgPool2dForward } from '../../kernels/avg_pool2d/avg_pool2d.ts';
import { maxPool2dBackward, maxPool2dForward } from '../../kernels/max_pool2d/max_pool2d.ts';
import { type Pool2dShape, pool2dShape } from '../../kernels/pooling.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { type Attributes, operation } from '../autograd.ts';
import { pair } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectRank, expectReal } from './expect.ts';
import { withBatch } from './with_batch.ts';

/** Windows of pooling. */
export interface Pool2dOptions {
  /** One number, or height and width; likewise below. The kernel size where left out. */
  stride?: number | [number, number] | undefined;
  padding?: number | [number, number] | undefined;
  /** Keep a last window that reaches beyond the padded picture, as long as it begins before the picture's end; false where left out. */
  ceilMode?: boolean;
}

/** Options of `maxPool2d`. */
export interface MaxPool2dOptions extends Pool2dOptions {
  /** Distance between neighbouring places of a window; 1 where left out. */
  dilation?: number | [number, number] | undefined;
}

const WINDOW_OPTIONS = ['stride', 'padding', 'ceilMode'];

type Picture = [batch: number, channels: number, height: number, width: number];

function picture(name: string, x: Tensor): Picture {
  expectReal(name, { x });
  expectRank(name, 'x', x, 'batch, channels, height, width');
  return x.shape as unknown as Picture;
}

function windows(
  name: string,
  x: Tensor,
  kernelSize: number | [number, number],
  options: MaxPool2dOptions,
): { shape: Pool2dShape; output: Picture } {
  const [batch, channels, height, width] = picture(name, x);
  const kernel = pair(kernelSize);
  const shape = pool2dShape(name, {
    planes: batch * channels,
    height,
    width,
    kernel,
    stride: pair(options.stride ?? kernel),
    padding: pair(options.padding ?? 0),
    dilation: pair(options.dilation ?? 1),
    ceilMode: options.ceilMode ?? false,
  });
  return { shape, output: [batch, channels, shape.outHeight, shape.outWidth] };
}

function windowAttributes({ kernel, stride, padding, dilation }: Pool2dShape): Attributes {
  return { kernel, stride, padding, dilation };
}

/** Maximum over windows; the gradient goes to the first maximum in scan order. x [batch, channels, height, width]. */
export function maxPool2d(x: Tensor, kernelSize: number | [number, number], options: MaxPool2dOptions = {}): Tensor {
  checkOptions('max_pool2d', options, [...WINDOW_OPTIONS, 'dilation']);
  return withBatch('max_pool2d', x, 4, (pictures) => maxPool2dOfPictures(pictures, kernelSize, options));
}

function maxPool2dOfPictures(x: Tensor, kernelSize: number | [number, number], options: MaxPool2dOptions): Tensor {
  const { shape, output } = windows('max_pool2d', x, kernelSize, options);
  const { gpu } = x;
  const y = empty(gpu, output, 'max_pool2d', x.dtype);
  const index = gpu.alloc(4 * y.size, 'max_pool2d index');
  maxPool2dForward(gpu, { x: x.buffer, y: y.buffer, index, shape });
  const result = operation(y, {
    name: 'max_pool2d',
    inputs: [x],
    attributes: windowAttributes(shape),
    saved: [index],
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'max_pool2d gradient', gy.scalar);
      maxPool2dBackward(gpu, { gy, index, gx, shape });
      return [gx];
    },
  });
  index.release();
  return result;
}

/** Options of `avgPool2d`. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether places in the padding count in the mean; true where left out. Places beyond the padding never do. */
  countIncludePad?: boolean;
}

/** Mean over windows. x [batch, channels, height, width]. */
export function avgPool2d(x: Tensor, kernelSize: number | [number, number], options: AvgPool2dOptions = {}): Tensor {
  checkOptions('avg_pool2d', options, [...WINDOW_OPTIONS, 'countIncludePad']);
  return withBatch('avg_pool2d', x, 4, (pictures) => avgPool2dOfPictures(pictures, kernelSize, options));
}

function avgPool2dOfPictures(x: Tensor, kernelSize: number | [number, number], options: AvgPool2dOptions): Tensor {
  const { shape, output } = windows('avg_pool2d', x, kernelSize, options);
  const countPadding = options.countIncludePad ?? true;
  const { gpu } = x;
  const y = empty(gpu, output, 'avg_pool2d', x.dtype);
  avgPool2dForward(gpu, { x: x.buffer, y: y.buffer, shape, countPadding });
  return operation(y, {
    name: 'avg_pool2d',
    inputs: [x],
    attributes: { ...windowAttributes(shape), countPadding },
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'avg_pool2d gradient', gy.scalar);
      avgPool2dBackward(gpu, { gy, gx, shape, countPadding });
      return [gx];
    },
  });
}

/** Mean over as many regions as wanted, whatever the picture's size. x [batch, channels, height, width]. */
export function adaptiveAvgPool2d(x: Tensor, outputSize: number | [number, number]): Tensor {
  return withBatch('adaptive_avg_pool2d', x, 4, (pictures) => adaptiveAvgPool2dOfPictures(pictures, outputSize));
}

function adaptiveAvgPool2dOfPictures(x: Tensor, outputSize: number | [number, number]): Tensor {
  const [batch, channels, height, width] = picture('adaptive_avg_pool2d', x);
  const [outHeight, outWidth] = pair(outputSize);
  if (![height, width, outHeight, outWidth].every((size) => Number.isInteger(size) && size >= 1 && size < 65536)) {
    throw new UserError(
      `adaptive_avg_pool2d: from ${height} × ${width} to ${outHeight} × ${outWidth} pixels; sizes must be whole numbers from 1 to 65535`,
    );
  }
  const shape = { planes: batch * channels, height, width, outHeight, outWidth };
  const { gpu } = x;
  const y = empty(gpu, [batch, channels, outHeight, outWidth], 'adaptive_avg_pool2d', x.dtype);
  adaptiveAvgPool2dForward(gpu, { x: x.buffer, y: y.buffer, shape });
  return operation(y, {
    name: 'adaptive_avg_pool2d',
    inputs: [x],
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'adaptive_avg_pool2d gradient', gy.scalar);
      adaptiveAvgPool2dBackward(gpu, { gy, gx, shape });
      return [gx];
    },
  });
}

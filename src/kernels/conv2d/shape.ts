import { SCALAR_BYTES, type ScalarType } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';

export type Pair = readonly [number, number];

export interface Conv2dOptions {
  batch: number;
  inChannels: number;
  height: number;
  width: number;
  outChannels: number;
  /** Height and width of the kernel. */
  kernel: number | Pair;
  stride?: number | Pair;
  padding?: number | Pair;
  dilation?: number | Pair;
  groups?: number;
}

/** A convolution's sizes, checked: x [batch, inChannels, height, width] → y [batch, outChannels, outHeight, outWidth]. */
export interface Conv2dShape {
  batch: number;
  inChannels: number;
  height: number;
  width: number;
  outChannels: number;
  outHeight: number;
  outWidth: number;
  kernel: Pair;
  stride: Pair;
  padding: Pair;
  dilation: Pair;
  groups: number;
}

/**
 * Checks the sizes of a convolution and computes those of its output; names and meaning as in torch.nn.functional.conv2d.
 * Throws UserError where they do not fit.
 */
export function conv2dShape(options: Conv2dOptions): Conv2dShape {
  const { batch, inChannels, height, width, outChannels, groups = 1 } = options;
  const kernel = pair('kernel', options.kernel, 1);
  const stride = pair('stride', options.stride ?? 1, 1);
  const padding = pair('padding', options.padding ?? 0, 0);
  const dilation = pair('dilation', options.dilation ?? 1, 1);
  whole('batch', batch, 0);
  for (const [name, value] of Object.entries({ inChannels, height, width, outChannels, groups })) whole(name, value, 1);
  for (const [name, channels] of Object.entries({ inChannels, outChannels })) {
    if (channels % groups !== 0)
      throw new UserError(`conv2d: ${name} ${channels} is not divisible by groups ${groups}`);
  }
  const outputSize = (axis: 0 | 1, input: number) => {
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    const padded = input + 2 * padding[axis];
    if (extent > padded)
      throw new UserError(
        `conv2d: kernel ${extent} > padded input ${padded} in dimension ${axis}; use more padding or a larger input`,
      );
    return Math.floor((padded - extent) / stride[axis]) + 1;
  };
  const outHeight = outputSize(0, height);
  const outWidth = outputSize(1, width);
  return {
    batch,
    inChannels,
    height,
    width,
    outChannels,
    outHeight,
    outWidth,
    kernel,
    stride,
    padding,
    dilation,
    groups,
  };
}

/** Multiply–adds of one pass, counted as two operations each. */
export function conv2dFlops(shape: Conv2dShape): number {
  const { batch, outChannels, outHeight, outWidth, inChannels, kernel, groups } = shape;
  return 2 * batch * outChannels * outHeight * outWidth * (inChannels / groups) * kernel[0] * kernel[1];
}

/** In tables of where pixels lie, in the picture that is read and in the one that is written. */
export const PLACE_BYTES = 8;

/**
 * Bytes of one picture of x and of y, and the most that a picture takes in any pass: with zeros around it, as f32, which packed
 * pictures are, or as the places of its pixels.
 */
export function pictureBytes(
  shape: Conv2dShape,
  scalar: ScalarType,
): { xBytes: number; yBytes: number; largest: number } {
  const each = SCALAR_BYTES[scalar];
  const { inChannels, height, width, outChannels, outHeight, outWidth, kernel, stride, dilation } = shape;
  const padded = (axis: 0 | 1, outputs: number) =>
    (outputs - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
  // The input gradient walks over y with at most a kernel's extent on either side.
  const walked = (axis: 0 | 1, outputs: number) => outputs + 2 * dilation[axis] * kernel[axis];
  return {
    xBytes: each * inChannels * height * width,
    yBytes: each * outChannels * outHeight * outWidth,
    largest: Math.max(
      4 * inChannels * Math.max(height, padded(0, outHeight)) * Math.max(width, padded(1, outWidth) + 3),
      4 * outChannels * walked(0, outHeight) * (walked(1, outWidth) + 3),
      PLACE_BYTES * Math.max(height * width, outHeight * outWidth),
    ),
  };
}

/**
 * Channels that the terms of a forward pass or an input gradient take together: a sum runs over the taps of so many
 * channels, at each tap over these channels, then over those of the next so many.
 */
export const channelBlock = (channels: number): number => Math.min(4, channels);

function whole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new UserError(`conv2d: ${name} is ${value}; it must be a whole number of at least ${least}`);
}

function pair(name: string, value: number | Pair, least: number): Pair {
  const both: Pair = typeof value === 'number' ? [value, value] : value;
  for (const each of both) whole(name, each, least);
  return both;
}

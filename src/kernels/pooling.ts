import { UserError } from '../util/errors.ts';

type Pair = readonly [number, number];

export interface Pool2dOptions {
  /** Batch times channels. */
  planes: number;
  height: number;
  width: number;
  kernel: Pair;
  stride: Pair;
  padding: Pair;
  /** Distance between neighbouring places of a window. */
  dilation: Pair;
  /** Whether a last window that reaches beyond the padded picture is kept. */
  ceilMode: boolean;
}

/** A pooling's sizes, checked: x [planes, height, width] → y [planes, outHeight, outWidth]. */
export interface Pool2dShape extends Pool2dOptions {
  outHeight: number;
  outWidth: number;
}

/** Checks the sizes and computes those of the output, as torch.nn.functional does. */
export function pool2dShape(name: string, options: Pool2dOptions): Pool2dShape {
  const size = (axis: 0 | 1, input: number): number => {
    const [kernel, stride] = [options.kernel[axis], options.stride[axis]];
    const [padding, dilation] = [options.padding[axis], options.dilation[axis]];
    for (const [what, value, least] of [
      ['kernel size', kernel, 1],
      ['stride', stride, 1],
      ['padding', padding, 0],
      ['dilation', dilation, 1],
    ] as const) {
      if (!Number.isSafeInteger(value) || value < least)
        throw new UserError(
          `${name}: ${what} ${value} in dimension ${axis}; it must be a whole number of at least ${least}`,
        );
    }
    if (2 * padding > kernel)
      throw new UserError(
        `${name}: padding ${padding} is more than half of kernel size ${kernel} in dimension ${axis}`,
      );
    const extent = windowExtent(kernel, dilation);
    if (extent > input + 2 * padding && !options.ceilMode)
      throw new UserError(`${name}: kernel size ${extent} > padded input ${input + 2 * padding} in dimension ${axis}`);
    return windowCount(input, extent, stride, padding, options.ceilMode);
  };
  const shape = { ...options, outHeight: size(0, options.height), outWidth: size(1, options.width) };
  if (shape.outHeight < 1 || shape.outWidth < 1)
    throw new UserError(
      `${name}: no window of ${options.kernel.join(' × ')} fits a picture of ${options.height} × ${options.width}`,
    );
  return shape;
}

/** Places from the first to the last of a window, those between dilated ones included. */
function windowExtent(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** In ceil mode every window begins inside the picture or in the padding before it. */
function windowCount(input: number, extent: number, stride: number, padding: number, ceilMode: boolean): number {
  const room = input + 2 * padding - extent;
  if (!ceilMode) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  return (count - 1) * stride >= input + padding ? count - 1 : count;
}

/** The `const` lines that the pooling kernels share. */
export function poolConstants({ kernel, stride }: Pool2dShape): Record<string, number> {
  return { KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: stride[0], STRIDE_W: stride[1] };
}

/** Those of max pooling, which alone knows dilation. */
export function dilatedConstants(shape: Pool2dShape): Record<string, number> {
  const [dilationHeight, dilationWidth] = shape.dilation;
  return { ...poolConstants(shape), DILATION_H: dilationHeight, DILATION_W: dilationWidth };
}

export function poolSizes(shape: Pool2dShape): Record<string, number> {
  const { height, width, outHeight, outWidth, padding } = shape;
  return { height, width, out_height: outHeight, out_width: outWidth, pad_h: padding[0], pad_w: padding[1] };
}

/** Elements of a plane of the input and of the output. */
export function poolPlanes({
  height,
  width,
  outHeight,
  outWidth,
}: Record<'height' | 'width' | 'outHeight' | 'outWidth', number>): { inputs: number; outputs: number } {
  return { inputs: height * width, outputs: outHeight * outWidth };
}

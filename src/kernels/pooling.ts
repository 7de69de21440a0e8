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
}

/** A pooling's sizes, checked: x [planes, height, width] → y [planes, outHeight, outWidth]. */
export interface Pool2dShape extends Pool2dOptions {
  outHeight: number;
  outWidth: number;
}

/** Checks the sizes and computes those of the output, as torch.nn.functional does with ceil_mode off. */
export function pool2dShape(name: string, options: Pool2dOptions): Pool2dShape {
  const size = (axis: 0 | 1, input: number): number => {
    const [kernel, stride, padding] = [options.kernel[axis], options.stride[axis], options.padding[axis]];
    for (const [what, value, least] of [
      ['kernel size', kernel, 1],
      ['stride', stride, 1],
      ['padding', padding, 0],
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
    if (kernel > input + 2 * padding)
      throw new UserError(`${name}: kernel size ${kernel} > padded input ${input + 2 * padding} in dimension ${axis}`);
    return Math.floor((input + 2 * padding - kernel) / stride) + 1;
  };
  return { ...options, outHeight: size(0, options.height), outWidth: size(1, options.width) };
}

/** The `const` lines and sizes that the pooling kernels share. */
export function poolConstants({ kernel, stride }: Pool2dShape): Record<string, number> {
  return { KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: stride[0], STRIDE_W: stride[1] };
}

export function poolSizes(shape: Pool2dShape): Record<string, number> {
  const { height, width, outHeight, outWidth, padding } = shape;
  return { height, width, out_height: outHeight, out_width: outWidth, pad_h: padding[0], pad_w: padding[1] };
}

export function poolElements({ planes, height, width, outHeight, outWidth }: Pool2dShape): {
  inputs: number;
  outputs: number;
} {
  return { inputs: planes * height * width, outputs: planes * outHeight * outWidth };
}

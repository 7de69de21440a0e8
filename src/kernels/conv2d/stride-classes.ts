import type { Conv2dShape } from './shape.ts';

/** Along one axis: the input pixels first, first + stride, … and the taps of the kernel they meet. */
export interface StrideClass {
  /** First pixel and number of pixels. */
  first: number;
  count: number;
  /** Taps met, last to first: last, last − step, … */
  last: number;
  step: number;
  taps: number;
  /** Output pixel that tap `last` brings to pixel `first` (may lie outside), and the distance from tap to tap. */
  start: number;
  dilation: number;
}

/**
 * Input pixel h takes part in output pixel (h + padding − r·dilation) / stride for those taps r where that is a whole
 * number. Pixels that are equal modulo the stride meet the same taps, so for each such class the input gradient is a plain
 * convolution of the output gradient, with no product by an inserted zero.
 */
export function strideClasses(shape: Conv2dShape, axis: 0 | 1): StrideClass[] {
  const [stride, padding, dilation, kernel] = [
    shape.stride[axis],
    shape.padding[axis],
    shape.dilation[axis],
    shape.kernel[axis],
  ];
  const size = axis === 0 ? shape.height : shape.width;
  const classes: StrideClass[] = [];
  for (let first = 0; first < Math.min(stride, size); first++) {
    const met: number[] = [];
    for (let r = 0; r < kernel; r++) if ((first + padding - r * dilation) % stride === 0) met.push(r);
    const count = Math.ceil((size - first) / stride);
    const step = met.length > 1 ? (met[1] as number) - (met[0] as number) : 1;
    const last = met.at(-1) ?? 0;
    const start = (first + padding - last * dilation) / stride;
    classes.push({
      first,
      count,
      last,
      step,
      taps: met.length,
      start,
      dilation: met.length > 1 ? (step * dilation) / stride : 1,
    });
  }
  return classes;
}

/** Pixels that meet the same taps along both axes. */
export type PixelClass = readonly [row: StrideClass, column: StrideClass];

/** The classes of both axes, combined. */
export function pixelClasses(shape: Conv2dShape): PixelClass[] {
  const columns = strideClasses(shape, 1);
  return strideClasses(shape, 0).flatMap((row) => columns.map((column): PixelClass => [row, column]));
}

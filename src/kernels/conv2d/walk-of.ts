import type { Correlation } from './correlate.ts';
import type { Walk } from './pad.ts';

/** How a pass walks over the channels of x. */
export function walkOf(size: Correlation): Walk {
  const { batch, groups, channels, xSize, grid, kernel, stride, dilation, pad } = size;
  return { planes: batch * groups * channels, size: xSize, grid, kernel, stride, dilation, pad };
}

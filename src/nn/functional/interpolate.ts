import {
  INTERPOLATE_MODES,
  type InterpolateAxis,
  type InterpolateMode,
  interpolateBackward,
  interpolateForward,
  ratioOf,
} from '../../kernels/interpolate/interpolate.ts';
import { UserError } from '../../util/errors.ts';
import { checkOptions } from '../../util/options.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { formatShape, pair } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { expectRank, expectReal } from './expect.ts';
import { reshape } from './reshape.ts';

/** Options of `interpolate`: `size` or `scaleFactor`. */
export interface InterpolateOptions {
  /** One number, or height and width, of the result; likewise below. Either this or `scaleFactor`. */
  size?: number | readonly [number, number] | undefined;
  /** Size of the result over that of x, rounded down. */
  scaleFactor?: number | readonly [number, number] | undefined;
  /** `nearest` where left out. */
  mode?: InterpolateMode;
  /** Bilinear and bicubic: the corner pixels' centres stay where they are; false where left out. */
  alignCorners?: boolean;
  /** Take the ratio of the sizes for the distance of pixels, not the scale factor; false where left out. */
  recomputeScaleFactor?: boolean;
}

/**
 * Pictures in another size, as torch.nn.functional.interpolate: x [batch, channels, height, width]. With `nearest` x may also
 * be [batch, channels, length].
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  expectReal('interpolate', { x });
  checkOptions('interpolate', options, ['size', 'scaleFactor', 'mode', 'alignCorners', 'recomputeScaleFactor']);
  const { mode = 'nearest' } = options;
  if (!INTERPOLATE_MODES.includes(mode))
    throw new UserError(`interpolate: mode is ${mode}; it must be ${INTERPOLATE_MODES.join(', ')}`);
  if (mode !== 'nearest' || x.shape.length !== 3) return resized(x, options, mode);
  const [batch, channels, length] = x.shape as [number, number, number];
  const { size, scaleFactor } = options;
  const ofLine = {
    ...options,
    size: size === undefined ? undefined : ([1, pair(size)[1]] as const),
    scaleFactor: scaleFactor === undefined ? undefined : ([1, pair(scaleFactor)[1]] as const),
  };
  return scope(() => {
    const y = resized(reshape(x, [batch, channels, 1, length]), ofLine, mode);
    return reshape(y, [batch, channels, y.shape[3] as number]);
  });
}

function resized(x: Tensor, options: InterpolateOptions, mode: InterpolateMode): Tensor {
  expectRank('interpolate', 'x', x, 'batch, channels, height, width');
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const { rows, columns } = axes(height, width, options);
  for (const axis of [rows, columns]) if (keepsPixels(axis, mode, channels)) delete axis.ratio;
  if (![rows, columns].every(isPossible)) {
    throw new UserError(
      `interpolate: from ${formatShape([height, width])} to ${formatShape([rows.outSize, columns.outSize])} pixels; sizes must be whole numbers from 1 to 65535`,
    );
  }
  const shape = { planes: batch * channels, rows, columns, mode, alignCorners: options.alignCorners ?? false };
  const { gpu } = x;
  const y = empty(gpu, [batch, channels, rows.outSize, columns.outSize], 'interpolate', x.dtype);
  interpolateForward(gpu, { x: x.buffer, y: y.buffer, shape });
  return operation(y, {
    name: 'interpolate',
    inputs: [x],
    attributes: { mode, alignCorners: shape.alignCorners, ratios: [rows, columns].map(ratioOf) },
    backward(gy) {
      const gx = gpu.allocNumbers(x.size, 'interpolate gradient', gy.scalar);
      interpolateBackward(gpu, { gy, gx, shape });
      return [gx];
    },
  });
}

/**
 * Whether PyTorch minds the sizes alone, whatever the scale factor: an axis that stays as large is copied, but by bicubic, and
 * with nearest pixels of a single channel one that doubles is repeated.
 */
function keepsPixels({ size, outSize }: InterpolateAxis, mode: InterpolateMode, channels: number): boolean {
  if (mode === 'bilinear') return outSize === size;
  return mode === 'nearest' && channels === 1 && (outSize === size || outSize === 2 * size);
}

function axes(
  height: number,
  width: number,
  { size, scaleFactor, recomputeScaleFactor = false }: InterpolateOptions,
): { rows: InterpolateAxis; columns: InterpolateAxis } {
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new UserError('interpolate: either size or scaleFactor must be given');
  }
  if (size !== undefined) {
    const [outHeight, outWidth] = pair(size);
    return { rows: { size: height, outSize: outHeight }, columns: { size: width, outSize: outWidth } };
  }
  const [vertical, horizontal] = pair(scaleFactor ?? 1);
  const scaled = (from: number, factor: number): InterpolateAxis => ({
    size: from,
    outSize: Math.floor(from * factor),
    ratio: recomputeScaleFactor ? undefined : 1 / factor,
  });
  return { rows: scaled(height, vertical), columns: scaled(width, horizontal) };
}

function isPossible({ size, outSize }: InterpolateAxis): boolean {
  return [size, outSize].every((each) => Number.isSafeInteger(each) && each >= 1 && each < 65536);
}

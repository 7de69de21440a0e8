/**
 * What becomes of a training picture, as numbers drawn from its own random stream. The prepared picture is two halves,
 * coronal above sagittal; `affine` changes each inside itself, so that neither shows in the other.
 */
import type { Patch } from '../kernels/patch/patch.ts';
import type { Warp } from '../kernels/warp/warp.ts';
import type { RandomStream } from '../util/random.ts';
import type { AugmentSettings } from './config.ts';

/** The side for which lengths are given. */
const NOMINAL_SIDE = 224;
/** Rectangles that are emptied: share of a half, and height over width. */
const ERASED_SHARE = [0.02, 0.33] as const;
const ERASED_RATIO = [0.3, 3.3] as const;
/** Factors by which the patches of `kerber2023` are enlarged. */
const ENLARGEMENT = [1, 1.5] as const;

interface Size {
  height: number;
  width: number;
}

/** Turn by up to ±`rotate` degrees and scale about the centre, then a shift; `flip` is −1 where rows are mirrored. */
function drawMatrix(
  { rotate, scale, shift }: AugmentSettings,
  { height, width }: Size,
  flip: number,
  stream: RandomStream,
): Warp['matrix'] {
  const angle = (stream.uniform(-rotate, rotate) * Math.PI) / 180;
  const shrink = Math.exp(stream.uniform(-1, 1) * Math.log1p(scale));
  const reach = (shift * width) / NOMINAL_SIDE;
  const [cos, sin] = [shrink * Math.cos(angle), shrink * Math.sin(angle)];
  const [row, column] = [(height - 1) / 2, (width - 1) / 2];
  const about = (a: number, b: number, centre: number): [number, number, number] => [
    a,
    b,
    centre - a * row - b * column + stream.uniform(-reach, reach),
  ];
  return [about(flip * cos, sin, row), about(-flip * sin, cos, column)];
}

/** Place and size of what is emptied; nothing with a chance of 1 − `erase`. */
function drawRectangle({ erase }: AugmentSettings, { height, width }: Size, stream: RandomStream): Warp['rectangle'] {
  const chosen = stream.uniform() < erase;
  const area = stream.uniform(...ERASED_SHARE) * height * width;
  const ratio = Math.exp(stream.uniform(Math.log(ERASED_RATIO[0]), Math.log(ERASED_RATIO[1])));
  const rows = Math.min(height, Math.round(Math.sqrt(area * ratio)));
  const columns = Math.min(width, Math.round(Math.sqrt(area / ratio)));
  const [row, column] = [stream.integer(height - rows + 1), stream.integer(width - columns + 1)];
  return chosen ? [row, column, rows, columns] : [0, 0, 0, 0];
}

/** What `affine` does to the coronal and the sagittal half of a `side` × `side` picture. */
export function drawWarps(settings: AugmentSettings, side: number, stream: RandomStream): [Warp, Warp] {
  const half = { height: side / 2, width: side };
  const gain = 1 + settings.intensity * stream.uniform(-1, 1);
  const offset = settings.offset * stream.uniform(-1, 1);
  const blur = (stream.uniform() * settings.blur * side) / NOMINAL_SIDE;
  const flip = stream.uniform() < 0.5 && settings.mirror ? -1 : 1;
  const draw = (flip: number): Warp => ({
    matrix: drawMatrix(settings, half, flip, stream),
    rectangle: drawRectangle(settings, half, stream),
    gain,
    offset,
    blur,
  });
  return [draw(flip), draw(1)];
}

/** What `kerber2023` does to a `side` × `side` picture. */
export function drawPatch({ rotate }: AugmentSettings, side: number, stream: RandomStream): Patch {
  const half = side / 2;
  const place = (room: number): [number, number] => [stream.integer(room + 1), stream.integer(room + 1)];
  const from = place(side - half);
  const enlarged = Math.round(half * stream.uniform(...ENLARGEMENT));
  const whole = Math.floor(rotate);
  return { from, enlarged, to: place(side - enlarged), angle: stream.integer(2 * whole + 1) - whole };
}

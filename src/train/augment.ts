/**
 * Small seeded changes of training pictures. The prepared picture is two halves, coronal above sagittal; each half is
 * shifted by itself with its border repeated, so that neither shows in the other, and the intensity is scaled.
 */
import type { RandomStream } from '../util/random.ts';
import type { AugmentSettings } from './config.ts';

/** The side for which shifts are given. */
const NOMINAL_SIDE = 224;

/** Copies a `side` × `side` picture into `target` with changes drawn from `stream`. */
export function augment(
  picture: Float32Array,
  side: number,
  settings: AugmentSettings,
  stream: RandomStream,
  target: Float32Array,
): void {
  const reach = (settings.shift * side) / NOMINAL_SIDE;
  const gain = 1 + settings.intensity * stream.uniform(-1, 1);
  const half = side / 2;
  for (const top of [0, half]) {
    const dx = stream.uniform(-reach, reach);
    const dy = stream.uniform(-reach, reach);
    shiftHalf(picture, side, top, half, dx, dy, gain, target);
  }
}

/** Bilinear shift of the rows top … top + height − 1 inside themselves. */
function shiftHalf(
  picture: Float32Array,
  side: number,
  top: number,
  height: number,
  dx: number,
  dy: number,
  gain: number,
  target: Float32Array,
): void {
  const [left, up] = [Math.floor(dx), Math.floor(dy)];
  const [fx, fy] = [dx - left, dy - up];
  const column = (x: number) => Math.max(0, Math.min(side - 1, x));
  const row = (y: number) => (top + Math.max(0, Math.min(height - 1, y))) * side;
  for (let y = 0; y < height; y++) {
    const [above, below] = [row(y + up), row(y + up + 1)];
    for (let x = 0; x < side; x++) {
      const [a, b] = [column(x + left), column(x + left + 1)];
      const upper = (picture[above + a] as number) * (1 - fx) + (picture[above + b] as number) * fx;
      const lower = (picture[below + a] as number) * (1 - fx) + (picture[below + b] as number) * fx;
      target[(top + y) * side + x] = gain * (upper * (1 - fy) + lower * fy);
    }
  }
}

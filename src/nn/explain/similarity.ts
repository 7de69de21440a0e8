/** How alike two maps are. In float64 on the host: maps are small. */
import { UserError } from '../../util/errors.ts';

function expectAlike(x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length !== y.length || x.length === 0)
    throw new UserError(`maps of ${x.length} and ${y.length} pixels cannot be compared`);
}

/** Ranks from 1, equal values sharing the mean of theirs. */
function averagedRanks(values: ArrayLike<number>): Float64Array {
  const at = (i: number) => values[i] as number;
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => at(a) - at(b));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && at(order[end] as number) === at(order[start] as number)) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Spearman's rank correlation, as scipy.stats.spearmanr; NaN where one of the maps has a single value only. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  expectAlike(x, y);
  const [a, b] = [averagedRanks(x), averagedRanks(y)];
  const middle = (a.length + 1) / 2;
  let [aa, bb, ab] = [0, 0, 0];
  a.forEach((rank, i) => {
    const [u, v] = [rank - middle, (b[i] as number) - middle];
    aa += u * u;
    bb += v * v;
    ab += u * v;
  });
  return ab / Math.sqrt(aa * bb);
}

/** Side of the window within which means and variances are taken, and the constants of the formula for values from 0 to 1. */
const WINDOW = 7;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/** Means over all windows that lie within the map: [height − 6, width − 6]. */
function windowMeans(values: Float64Array, height: number, width: number): Float64Array {
  const across = new Float64Array(height * (width - WINDOW + 1));
  const columns = width - WINDOW + 1;
  for (let i = 0; i < across.length; i++) {
    const start = Math.floor(i / columns) * width + (i % columns);
    for (let k = 0; k < WINDOW; k++) across[i] = (across[i] as number) + (values[start + k] as number);
  }
  const means = new Float64Array((height - WINDOW + 1) * columns);
  for (let i = 0; i < means.length; i++) {
    for (let k = 0; k < WINDOW; k++) means[i] = (means[i] as number) + (across[i + k * columns] as number);
    means[i] = (means[i] as number) / WINDOW ** 2;
  }
  return means;
}

/**
 * Mean structural similarity (Wang et al., IEEE Transactions on Image Processing 13(4), 2004) of two maps [height, width] with
 * values from 0 to 1, over windows of 7 × 7 with sample covariances, as skimage.metrics.structural_similarity has it.
 * @throws UserError for maps smaller than a window
 */
export function structuralSimilarity(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  [height, width]: readonly [number, number],
): number {
  expectAlike(x, y);
  if (x.length !== height * width || Math.min(height, width) < WINDOW) {
    throw new UserError(
      `structural_similarity: ${x.length} pixels as ${height} × ${width}; both sides must be ${WINDOW} or more`,
    );
  }
  const means = (product: (a: number, b: number) => number) =>
    windowMeans(
      Float64Array.from(x, (a, i) => product(a, y[i] as number)),
      height,
      width,
    );
  const [mx, my] = [means((a) => a), means((_, b) => b)];
  const [xx, yy, xy] = [means((a) => a * a), means((_, b) => b * b), means((a, b) => a * b)];
  const sample = WINDOW ** 2 / (WINDOW ** 2 - 1);
  const total = mx.reduce((sum, u, i) => {
    const v = my[i] as number;
    const variances = sample * ((xx[i] as number) - u * u + (yy[i] as number) - v * v);
    const covariance = sample * ((xy[i] as number) - u * v);
    return sum + ((2 * u * v + C1) * (2 * covariance + C2)) / ((u * u + v * v + C1) * (variances + C2));
  }, 0);
  return total / mx.length;
}

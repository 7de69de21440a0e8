/**
 * Interpolation along one axis as a banded matrix: y = W · x, where row i of W holds the weights of the samples that make
 * output i. Built on the host in float64, so coordinates, boundary rules and the spline's prefilter cost no precision on
 * the device.
 *
 * A cubic spline through samples x has coefficients c with x = B · c, B tridiagonal (1/6, 4/6, 1/6), and reads
 * y = S · c = S · B⁻¹ · x with four weights a row in S. The rows of S · B⁻¹ fall off by 0.268 a sample (the filter's pole
 * is √3 − 2), so cut where they no longer count in float32 they have some thirty entries: prefilter and sampling are one
 * sum each, without a recursion. Reference: scipy.ndimage.affine_transform.
 */

/** Degree of the spline: 0 nearest sample, 1 linear, 3 cubic. */
export type Order = 0 | 1 | 3;

/** What lies outside, under SciPy's names: `constant` a given value, `nearest` a b | b b, `mirror` a b | a, `reflect` a b | b a. */
export type Boundary = 'constant' | 'nearest' | 'mirror' | 'reflect';

export interface BandedRow {
  /** First sample that counts. */
  start: number;
  weights: Float64Array;
}

/** Rows of W; null where the output lies outside and mode is `constant`. */
export type BandedMatrix = (BandedRow | null)[];

/** Weights below this are dropped: half a unit in the last place of a sum. */
const NEGLIGIBLE = 2 ** -24;
/** Samples on either side of a row's support that are solved for; 0.268²⁴ is 2e-14. */
const REACH = 24;
/** Samples by which SciPy extends the input for mode `nearest` before it filters. */
const NEAREST_PADDING = 12;

/** The sample that index −1, n, … stands for. `constant` volumes are mirrored where a spline inside reaches over the edge. */
export function foldIndex(index: number, size: number, mode: Boundary): number {
  if (size === 1) return 0;
  if (mode === 'nearest') return Math.min(Math.max(index, 0), size - 1);
  const period = mode === 'reflect' ? 2 * size : 2 * size - 2;
  const phase = ((index % period) + period) % period;
  if (phase < size) return phase;
  return mode === 'reflect' ? period - 1 - phase : period - phase;
}

/**
 * Where a coordinate reads, as SciPy's map_coordinate: null outside a `constant` volume. Close to the ends of a mirrored axis
 * it may stay just outside; the samples it reads there are folded. With `padding` the ends of mode `nearest` lie farther out.
 */
export function foldCoordinate(coordinate: number, size: number, mode: Boundary, padding = 0): number | null {
  const last = size - 1;
  if (coordinate >= 0 && coordinate <= last) return coordinate;
  if (mode === 'constant') return null;
  if (mode === 'nearest') return Math.min(Math.max(coordinate, -padding), last + padding);
  if (size === 1) return 0;
  const period = mode === 'mirror' ? 2 * last : 2 * size;
  const phase = coordinate % period; // of the coordinate's sign
  if (mode === 'mirror') {
    if (coordinate < 0) return phase <= -last ? phase + period : -phase;
    return phase >= size ? period - phase : phase;
  }
  if (coordinate < 0) return phase < -size ? phase + period : -phase - 1;
  return phase >= size ? period - phase - 1 : phase;
}

/** Weights of the samples (order 0, 1) or coefficients (order 3) from `start` on that make the value at a coordinate. */
export function sampleWeights(coordinate: number, order: Order): { start: number; weights: number[] } {
  if (order === 0) return { start: Math.floor(coordinate + 0.5), weights: [1] };
  const start = Math.floor(coordinate);
  const t = coordinate - start;
  if (order === 1) return { start, weights: [1 - t, t] };
  const u = 1 - t;
  const weights = [(u * u * u) / 6, (t * t * (t - 2) * 3 + 4) / 6, (u * u * (u - 2) * 3 + 4) / 6, (t * t * t) / 6];
  return { start: start - 1, weights };
}

/** Solves Bᵀ u = w: the row w · B⁻¹ of a cubic spline over `size` samples, on the samples [from, to). */
function solveRow(w: Float64Array, from: number, to: number, size: number, mode: Boundary): Float64Array {
  const n = to - from;
  const above = (k: number) => (mode !== 'reflect' && k === size - 2 ? 2 : 1) / 6; // B[k + 1][k]
  const below = (k: number) => (mode !== 'reflect' && k === 1 ? 2 : 1) / 6; // B[k - 1][k]
  const diagonal = (k: number) => (mode === 'reflect' && (k === 0 || k === size - 1) ? 5 : 4) / 6;
  const pivots = new Float64Array(n);
  const u = w.slice();
  for (let k = 0; k < n; k++) {
    const factor = k === 0 ? 0 : below(from + k) / (pivots[k - 1] as number);
    pivots[k] = diagonal(from + k) - (k === 0 ? 0 : factor * above(from + k - 1));
    if (k > 0) u[k] = (u[k] as number) - factor * (u[k - 1] as number);
  }
  for (let k = n - 1; k >= 0; k--) {
    const next = k === n - 1 ? 0 : above(from + k) * (u[k + 1] as number);
    u[k] = ((u[k] as number) - next) / (pivots[k] as number);
  }
  return u;
}

/** Axes so short that SciPy's prefilter for `reflect` is not the spline's; with more samples float32 does not show it. */
const SHORT = 6;

/**
 * What SciPy's prefilter for `reflect` has beside B⁻¹: the sum with which its first recursion begins reads c[0] where it is
 * stored already, not the sample that was there. That error, Σ excess[j] · x[j], reaches coefficient k `carried[k]` times.
 */
function reflectExcess(size: number): { carried: number[]; excess: number[] } {
  const pole = Math.sqrt(3) - 2;
  const period = pole ** size;
  const carried = new Array<number>(size);
  carried[size - 1] = pole ** size / (pole - 1);
  for (let k = size - 2; k >= 0; k--) carried[k] = pole * ((carried[k + 1] as number) - pole ** k);
  const excess = new Array<number>(size).fill(0);
  const gain = (6 * period * period) / (1 - period * period);
  const add = (j: number, weight: number) => {
    excess[j] = (excess[j] as number) + gain * weight;
  };
  add(size - 1, period);
  for (let i = 1; i < size - 1; i++) {
    add(i, pole ** i);
    add(size - 1 - i, pole ** i * period);
  }
  return { carried, excess };
}

/** The row of weights on samples that weights on all coefficients of an axis amount to in SciPy. */
function solveShortRow(w: Float64Array, size: number, mode: Boundary): Float64Array {
  const u = solveRow(w, 0, size, size, mode);
  if (mode !== 'reflect') return u;
  const { carried, excess } = reflectExcess(size);
  const share = carried.reduce((sum, each, k) => sum + each * (w[k] as number), 0);
  return u.map((weight, j) => weight + share * (excess[j] as number));
}

/** Weights of the indices [from, to), added up where an index comes more than once. */
function gathered(indices: number[], weights: number[], from: number, to: number): Float64Array {
  const row = new Float64Array(to - from);
  for (const [k, index] of indices.entries())
    row[index - from] = (row[index - from] as number) + (weights[k] as number);
  return row;
}

/** The row of weights on samples that a few weights on coefficients amount to. */
function throughPrefilter(start: number, weights: number[], size: number, mode: Boundary): BandedRow {
  if (mode === 'nearest') return throughPadding(start, weights, size);
  const indices = weights.map((_, k) => foldIndex(start + k, size, mode));
  const from = Math.max(0, Math.min(...indices) - REACH);
  const to = Math.min(size, Math.max(...indices) + 1 + REACH);
  const w = gathered(indices, weights, from, to);
  if (size === 1) return { start: from, weights: w };
  return { start: from, weights: size <= SHORT ? solveShortRow(w, size, mode) : solveRow(w, from, to, size, mode) };
}

/** Mode `nearest`: the filter runs, as `reflect`, over the samples with copies of the two outermost on either side. */
function throughPadding(start: number, weights: number[], size: number): BandedRow {
  const padded = throughPrefilter(start + NEAREST_PADDING, weights, size + 2 * NEAREST_PADDING, 'reflect');
  const folded = new Float64Array(size);
  padded.weights.forEach((weight, k) => {
    const index = foldIndex(padded.start + k - NEAREST_PADDING, size, 'nearest');
    folded[index] = (folded[index] as number) + weight;
  });
  return { start: 0, weights: folded };
}

/** Drops what does not count at either end; the row's largest weight takes the remainder, so constants stay constant. */
function trimmed({ start, weights }: BandedRow): BandedRow {
  let [first, last] = [0, weights.length - 1];
  while (first < last && Math.abs(weights[first] as number) < NEGLIGIBLE) first++;
  while (last > first && Math.abs(weights[last] as number) < NEGLIGIBLE) last--;
  const kept = weights.slice(first, last + 1);
  const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
  let largest = 0;
  kept.forEach((value, k) => {
    if (Math.abs(value) > Math.abs(kept[largest] as number)) largest = k;
  });
  kept[largest] = (kept[largest] as number) + total(weights) - total(kept);
  return { start: start + first, weights: kept };
}

/** Weights that fall on folded indices, without a filter. */
function foldedRow(start: number, weights: number[], size: number, mode: Boundary): BandedRow {
  const indices = weights.map((_, k) => foldIndex(start + k, size, mode));
  const first = Math.min(...indices);
  return { start: first, weights: gathered(indices, weights, first, Math.max(...indices) + 1) };
}

type MakeRow = (start: number, weights: number[]) => BandedRow;

function rowsAt(
  size: number,
  coordinates: ArrayLike<number>,
  order: Order,
  mode: Boundary,
  makeRow: MakeRow,
): BandedMatrix {
  return Array.from(coordinates, (coordinate) => {
    const place = foldCoordinate(coordinate, size, mode, order === 3 ? NEAREST_PADDING : 0);
    if (place === null) return null;
    const { start, weights } = sampleWeights(place, order);
    return makeRow(start, weights);
  });
}

/**
 * The matrix that reads an axis of `size` samples at the given coordinates (in samples), as scipy.ndimage does with a
 * spline of this order and this boundary.
 */
export function interpolationMatrix(
  size: number,
  coordinates: ArrayLike<number>,
  order: Order,
  mode: Boundary,
): BandedMatrix {
  return rowsAt(size, coordinates, order, mode, (start, weights) =>
    order === 3 ? trimmed(throughPrefilter(start, weights, size, mode)) : foldedRow(start, weights, size, mode),
  );
}

/** The same for an axis that holds as many spline coefficients; not for mode `nearest`, which has more of them. */
export function samplingMatrix(
  size: number,
  coordinates: ArrayLike<number>,
  mode: Exclude<Boundary, 'nearest'>,
): BandedMatrix {
  return rowsAt(size, coordinates, 3, mode, (start, weights) => foldedRow(start, weights, size, mode));
}

/** Coefficients that mode `nearest` has on either side of the samples; other modes have as many coefficients as samples. */
export function coefficientPadding(mode: Boundary): number {
  return mode === 'nearest' ? NEAREST_PADDING : 0;
}

/** The matrix from samples to the coefficients of the cubic spline through them: scipy.ndimage.spline_filter1d. */
export function prefilterMatrix(size: number, mode: Boundary): BandedMatrix {
  const padding = coefficientPadding(mode);
  return Array.from({ length: size + 2 * padding }, (_, k) => trimmed(throughPrefilter(k - padding, [1], size, mode)));
}

/**
 * The matrices that make the values of one axis at the given coordinates, to be applied one after the other. Where there
 * are more outputs than samples, filtering the samples first takes fewer multiply–adds than one long sum an output.
 */
export function axisMatrices(
  size: number,
  coordinates: ArrayLike<number>,
  order: Order,
  mode: Boundary,
): BandedMatrix[] {
  const two = order === 3 && mode !== 'nearest' && coordinates.length > 1.25 * size;
  if (two) return [prefilterMatrix(size, mode), samplingMatrix(size, coordinates, mode)];
  return [interpolationMatrix(size, coordinates, order, mode)];
}

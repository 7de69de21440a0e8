import type { Range } from '../../nn/functional/index.ts';
import { axisOf } from '../../nn/shape.ts';
import { UserError } from '../../util/errors.ts';
import type { Params } from '../params.ts';

/** Names under which files give what a slice is made of. */
const NAMES = {
  dim: ['dim', 'dims', 'axis', 'axes'],
  start: ['start', 'starts'],
  stop: ['stop', 'stops', 'end', 'ends'],
  step: ['step', 'steps'],
};

type Bound = number | null;
const isBound = (value: unknown): value is Bound => value === null || typeof value === 'number';

/**
 * The ranges of a slice, one for each of `rank` axes. Files say
 * - `dim`, `start`, `stop` (or `end`) and `step`, numbers or lists of the same length; all but one may be left out, and
 *   without `dim` the lists belong to the axes from the first on;
 * - or `slices`: a list with [start, stop] or [start, stop, step], or null, for each axis from the first on.
 * Bounds may be null, which reaches to the end, and negative ones count from there.
 */
export function sliceRanges(rank: number, params: Params): (Range | null)[] {
  const slices = params.any('slices');
  return slices === undefined ? byParts(rank, params) : listedRanges(slices);
}

function listedRanges(slices: unknown): (Range | null)[] {
  if (!Array.isArray(slices)) throw new UserError('params: "slices" is no list');
  return slices.map((item, axis) => {
    if (item === null) return null;
    if (!Array.isArray(item) || item.length > 3 || !item.every(isBound)) {
      throw new UserError(`params: slice ${axis} is ${JSON.stringify(item)}, not [start, stop, step]`);
    }
    const [start, stop, step] = item as Bound[];
    return { start, stop, step };
  });
}

function byParts(rank: number, params: Params): (Range | null)[] {
  const [dim, start, stop, step] = [
    part(params, NAMES.dim),
    part(params, NAMES.start),
    part(params, NAMES.stop),
    part(params, NAMES.step),
  ];
  const count = Math.max(...[dim, start, stop, step].map((list) => list?.length ?? 0));
  const ranges = new Array<Range | null>(rank).fill(null);
  for (let i = 0; i < count; i++) {
    const axis = axisOf('slice', dim ? (dim[i] ?? Number.NaN) : i, rank);
    ranges[axis] = { start: start?.[i], stop: stop?.[i], step: step?.[i] };
  }
  return ranges;
}

/** A part of all ranges as a list; null where it is left out. */
function part(params: Params, names: readonly string[]): Bound[] | null {
  const given = names.filter((name) => params.any(name) !== undefined);
  if (given.length > 1) throw new UserError(`params: "${given.join('" and "')}" say the same`);
  const [name] = given;
  const value = name === undefined ? undefined : params.any(name);
  if (value === undefined) return null;
  const list = Array.isArray(value) ? value : [value];
  if (list.every(isBound)) return list;
  throw new UserError(`params: "${name}" is ${JSON.stringify(value)}, not a number or a list of numbers or null`);
}

/** Small functions of one variable out of which the anatomy is built. */

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** 0 below `low`, 1 above `high`, cubic between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = clamp((value - low) / (high - low), 0, 1);
  return t * t * (3 - 2 * t);
}

export const mix = (a: number, b: number, t: number): number => a + (b - a) * t;

/** A knot: position and value. */
export type Knot = readonly [number, number];

/**
 * A smooth curve through knots (any order), constant outside: cubic Hermite with Fritsch–Carlson slopes, which rises and
 * falls only where the knots do.
 */
export function curveThrough(knots: readonly Knot[]): (position: number) => number {
  const sorted = [...knots].sort((a, b) => a[0] - b[0]);
  const x = sorted.map((knot) => knot[0]);
  const y = sorted.map((knot) => knot[1]);
  const last = x.length - 1;
  const at = (values: readonly number[], i: number): number => values[i] as number;
  const chord = x.slice(1).map((right, i) => (at(y, i + 1) - at(y, i)) / (right - at(x, i)));
  const slope = x.map((_, i) => {
    if (i === 0 || i === last) return 0;
    const [before, after] = [at(chord, i - 1), at(chord, i)];
    return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
  });
  return (position) => {
    if (position <= at(x, 0)) return at(y, 0);
    if (position >= at(x, last)) return at(y, last);
    let i = 0;
    while (at(x, i + 1) < position) i++;
    const width = at(x, i + 1) - at(x, i);
    const t = (position - at(x, i)) / width;
    const u = 1 - t;
    return (
      at(y, i) * u * u * (1 + 2 * t) +
      at(slope, i) * width * t * u * u +
      at(y, i + 1) * t * t * (3 - 2 * t) -
      at(slope, i + 1) * width * t * t * u
    );
  };
}

/** Keeps what a function of one number gave: every pixel of a slice asks for the same few heights. */
export function remembered<T>(make: (position: number) => T): (position: number) => T {
  const known = new Map<number, T>();
  return (position) => {
    const found = known.get(position);
    if (found !== undefined) return found;
    const made = make(position);
    known.set(position, made);
    return made;
  };
}

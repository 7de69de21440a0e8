/**
 * The error function by its Maclaurin series for small arguments and by the continued fraction of erfc for large ones
 * (Abramowitz and Stegun, 7.1.6 and 7.1.14); absolute error below 1e-14.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  return Math.sign(x) * (a < 2.5 ? erfSeries(a) : 1 - erfcFraction(a));
}

function erfSeries(a: number): number {
  let term = a;
  let sum = a;
  for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
    term *= (2 * a * a) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
}

function erfcFraction(a: number): number {
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction));
}

/** Share of a normal distribution within ±z deviations of its mean. */
export function centralProbability(z: number): number {
  return erf(Math.abs(z) / Math.SQRT2);
}

/** The z for which `centralProbability(z)` is `level` (0 < level < 1), by bisection. */
export function centralQuantile(level: number): number {
  let low = 0;
  let high = 9;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

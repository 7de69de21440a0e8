import type { Expected, Tolerance, Values } from './case.ts';

/** One element where what came out differs from what was expected. */
export interface Difference {
  /** Relative to the expected value for relative errors; infinite where only one of the two is a number. */
  error: number;
  index: number[];
  actual: number;
  expected: number;
}

/** How one tensor of a case compares. */
export interface Comparison {
  tensor: string;
  pass: boolean;
  /** Why it does not hold. */
  reason?: string;
  elements: number;
  /** Elements out of tolerance (unequal ones, where bits are compared). */
  outside: number;
  /** The worst element, null where there is none. */
  absolute: Difference | null;
  /** Over the elements whose expected value is not 0. */
  relative: Difference | null;
  /** Euclidean norm of the difference over the expected norm, where that decides. */
  euclidean?: number;
}

/** What decides whether a tensor holds. */
interface Rule {
  exact: boolean;
  rtol: number;
  atol: number;
  /** Fraction of elements that must hold. */
  agreement: number;
  /** Where set, only the Euclidean error counts. */
  normRtol: number | null;
}

const isGradient = (tensor: string) => tensor.startsWith('grad.');

function ruleFor(tensor: string, expected: Expected, tolerance: Tolerance, pictures: boolean): Rule {
  const values = 'whole' in expected ? expected.whole : expected.sample;
  const isReal = values.data instanceof Float32Array;
  const usesNorm = isReal && (!('whole' in expected) || /^(grad|out)\.param\./.test(tensor));
  if (isGradient(tensor)) {
    const normRtol = usesNorm ? tolerance.gradNormRtol : null;
    return { exact: false, rtol: tolerance.gradRtol, atol: tolerance.gradAtol, agreement: 1, normRtol };
  }
  return {
    exact: tolerance.exact,
    rtol: tolerance.rtol,
    atol: tolerance.atol,
    agreement: pictures && isReal ? 1 : tolerance.minAgreement,
    normRtol: usesNorm ? tolerance.normRtol : null,
  };
}

/**
 * Compares a tensor with what is expected, as NumPy's `allclose` does: |a − b| ≤ atol + rtol · |b|, NaN equal to NaN.
 *
 * `pictures`: real-valued tensors must hold everywhere and `min_agreement` is for masks alone (op `kerber2023`).
 */
export function compare(
  tensor: string,
  actual: Values,
  expected: Expected,
  tolerance: Tolerance,
  pictures = false,
): Comparison {
  const rule = ruleFor(tensor, expected, tolerance, pictures);
  if ('whole' in expected) return compareWhole(tensor, actual, expected.whole, rule);
  return compareSample(tensor, actual, expected, rule);
}

function compareWhole(tensor: string, actual: Values, expected: Values, rule: Rule): Comparison {
  if (actual.shape.join() !== expected.shape.join()) {
    const reason = `shape [${actual.shape.join(', ')}], expected [${expected.shape.join(', ')}]`;
    return { tensor, pass: false, reason, elements: 0, outside: 0, absolute: null, relative: null };
  }
  const result = measure(tensor, actual.data, expected, rule);
  if (rule.normRtol === null) return judge(result, rule);
  return judgeNorm(result, differenceNorm(actual.data, expected.data), euclideanNorm(expected.data), rule.normRtol);
}

function compareSample(
  tensor: string,
  actual: Values,
  expected: { norm: number; sample: Values },
  rule: Rule,
): Comparison {
  const total = actual.data.length;
  const count = expected.sample.data.length;
  const picked = expected.sample.data.map((_, i) => actual.data[Math.floor((i * total) / count)] ?? Number.NaN);
  const result = judge(measure(tensor, picked, expected.sample, rule), rule);
  const normRtol = rule.normRtol ?? 1e-3;
  const norm = euclideanNorm(actual.data);
  if (!(Math.abs(norm - expected.norm) <= normRtol * expected.norm)) {
    return { ...result, pass: false, reason: `norm ${norm.toPrecision(7)}, expected ${expected.norm.toPrecision(7)}` };
  }
  if (rule.normRtol === null) return result;
  const estimate = differenceNorm(picked, expected.sample.data) * Math.sqrt(total / count);
  return judgeNorm(result, estimate, expected.norm, rule.normRtol);
}

function judge(result: Comparison, rule: Rule): Comparison {
  const agreement = result.elements === 0 ? 1 : 1 - result.outside / result.elements;
  if (agreement >= rule.agreement) return result;
  const what = rule.exact ? 'differ' : 'are out of tolerance';
  return { ...result, pass: false, reason: `${result.outside} of ${result.elements} elements ${what}` };
}

function judgeNorm(result: Comparison, difference: number, norm: number, normRtol: number): Comparison {
  const euclidean = difference === 0 ? 0 : difference / norm;
  if (euclidean <= normRtol) return { ...result, pass: true, reason: undefined, euclidean };
  const reason = `error of ${euclidean.toPrecision(3)} of the norm, tolerance ${normRtol}`;
  return { ...result, pass: false, reason, euclidean };
}

function measure(tensor: string, actual: Values['data'], expected: Values, rule: Rule): Comparison {
  let outside = 0;
  let [absolute, absoluteAt] = [-1, -1];
  let [relative, relativeAt] = [-1, -1];
  for (let i = 0; i < expected.data.length; i++) {
    const a = actual[i] ?? Number.NaN;
    const b = expected.data[i] ?? Number.NaN;
    const error = errorOf(a, b);
    const isClose = Number.isFinite(error) && error <= rule.atol + rule.rtol * Math.abs(b);
    if (rule.exact ? !Object.is(a, b) : error !== 0 && !isClose) outside++;
    if (error > absolute) [absolute, absoluteAt] = [error, i];
    if (b !== 0 && error / Math.abs(b) > relative) [relative, relativeAt] = [error / Math.abs(b), i];
  }
  const at = (error: number, i: number): Difference | null =>
    i < 0
      ? null
      : {
          error,
          index: unravel(i, expected.shape),
          actual: actual[i] ?? Number.NaN,
          expected: expected.data[i] ?? Number.NaN,
        };
  return {
    tensor,
    pass: true,
    elements: expected.data.length,
    outside,
    absolute: at(absolute, absoluteAt),
    relative: at(relative, relativeAt),
  };
}

/** |a − b|; 0 for equal values, NaN and infinities too, and infinite where only one of the two is a number. */
function errorOf(a: number, b: number): number {
  if (a === b || Object.is(a, b)) return 0;
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) : Number.POSITIVE_INFINITY;
}

function unravel(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}

function euclideanNorm(values: Values['data']): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return Math.sqrt(sum);
}

function differenceNorm(a: Values['data'], b: Values['data']): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += ((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)) ** 2;
  return Math.sqrt(sum);
}

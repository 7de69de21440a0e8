/** Functions of single numbers and of pairs of them, with broadcasting. */
import type { Constants } from '../../gpu/index.ts';
import { type UnaryName, unaryBackward, unaryForward } from '../../kernels/elementwise/unary.ts';
import { reluBackward, reluForward } from '../../kernels/relu/relu.ts';
import { UserError } from '../../util/errors.ts';
import { forRange } from '../autocast.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { empty, type Tensor } from '../tensor.ts';
import { binary } from './binary.ts';
import { expectReal } from './expect.ts';

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  const dtype = expectReal('relu', { x });
  const { gpu, size: n } = x;
  const y = empty(gpu, x.shape, 'relu', dtype);
  const out = y.buffer;
  reluForward(gpu, { x: x.buffer, y: out, n });
  return operation(y, {
    name: 'relu',
    inputs: [x],
    saved: [out],
    backward(gy) {
      const gx = gpu.allocNumbers(n, 'relu gradient', dtype);
      reluBackward(gpu, { y: out, gy, gx, n });
      return [gx];
    },
  });
}

function unary(name: UnaryName, x: Tensor, constants: Constants = {}): Tensor {
  const dtype = expectReal(name, { x });
  const { gpu, size: n, buffer: input } = x;
  const y = empty(gpu, x.shape, name, dtype);
  const output = y.buffer;
  unaryForward(gpu, name, { x: input, y: output, n, constants });
  return operation(y, {
    name,
    inputs: [x],
    attributes: constants,
    saved: [input, output],
    backward(gy) {
      const gx = gpu.allocNumbers(n, `${name} gradient`, dtype);
      unaryBackward(gpu, name, { x: input, y: output, gy, gx, n, constants });
      return [gx];
    },
  });
}

/** A function whose values leave the range or precision of f16 soon. */
const ranging = (name: UnaryName, x: Tensor, constants?: Constants): Tensor =>
  scope(() => unary(name, forRange(x), constants));

/** −x. */
export const neg = (x: Tensor): Tensor => unary('neg', x);
/** |x|; its gradient at 0 is 0. */
export const abs = (x: Tensor): Tensor => unary('abs', x);
/** x². */
export const square = (x: Tensor): Tensor => unary('square', x);
/** √x; NaN below 0. */
export const sqrt = (x: Tensor): Tensor => unary('sqrt', x);
/** eˣ. */
export const exp = (x: Tensor): Tensor => ranging('exp', x);
/** Natural logarithm. */
export const log = (x: Tensor): Tensor => ranging('log', x);
/** 1 / (1 + exp(−x)). */
export const sigmoid = (x: Tensor): Tensor => unary('sigmoid', x);
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => unary('tanh', x);

/** log(1 + exp(beta · x)) / beta; x itself where beta · x exceeds the threshold. beta is 1, the threshold 20 where left out. */
export function softplus(x: Tensor, { beta = 1, threshold = 20 }: { beta?: number; threshold?: number } = {}): Tensor {
  if (!Number.isFinite(beta) || beta === 0 || !Number.isFinite(threshold)) {
    throw new UserError(`softplus: beta ${beta}, threshold ${threshold}; they must be finite, beta not 0`);
  }
  return ranging('softplus', x, { BETA: beta, THRESHOLD: threshold });
}

/** x where it is positive, else negativeSlope · x; the slope is 0.01 where left out. */
export function leakyRelu(x: Tensor, { negativeSlope = 0.01 }: { negativeSlope?: number } = {}): Tensor {
  if (!Number.isFinite(negativeSlope))
    throw new UserError(`leaky_relu: a slope of ${negativeSlope}; it must be finite`);
  return unary('leakyRelu', x, { SLOPE: negativeSlope });
}

/**
 * x · Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016). With `tanh` the approximation
 * ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))).
 */
export function gelu(x: Tensor, { approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}): Tensor {
  return unary(approximate === 'tanh' ? 'geluTanh' : 'gelu', x);
}

/** a + b, element by element; axes are aligned at the end and those of size 1 repeated, as in NumPy and PyTorch. */
export const add = (a: Tensor | number, b: Tensor | number): Tensor => binary('add', a, b);
/** a − b, element by element, with broadcasting as `add`. */
export const sub = (a: Tensor | number, b: Tensor | number): Tensor => binary('sub', a, b);
/** a · b, element by element, with broadcasting as `add`. */
export const mul = (a: Tensor | number, b: Tensor | number): Tensor => binary('mul', a, b);
/** a / b, element by element, with broadcasting as `add`. */
export const div = (a: Tensor | number, b: Tensor | number): Tensor => binary('div', a, b);

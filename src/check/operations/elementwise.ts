import * as F from '../../nn/functional/index.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { UserError } from '../../util/errors.ts';
import type { Params } from '../params.ts';
import type { Operation } from '../task.ts';
import { differentiable } from './differentiable.ts';

const unary = (apply: (x: Tensor, params: Params) => Tensor): Operation =>
  differentiable(['x'], ({ x }, params) => {
    params.ignore('inplace');
    return apply(x, params);
  });

type Binary = (left: Tensor | number, right: Tensor | number) => Tensor;

/** An operation on a tensor and a tensor or number; `alpha` is a factor of the second operand. */
const binary = (apply: Binary, hasAlpha = false): Operation =>
  differentiable(['input', 'other?'], ({ input, other: tensor }, params) => {
    if (tensor && params.has('other')) throw new UserError('params hold "other", and so do the tensors');
    const other = tensor ?? params.number('other');
    const alpha = hasAlpha ? params.number('alpha', 1) : 1;
    if (typeof other === 'number') return apply(input, alpha * other);
    return apply(input, alpha === 1 ? other : F.mul(other, alpha));
  });

/** Functions of one tensor under torch's names. Those that take nothing else need no entry of their own below. */
const PLAIN: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.entries(F)
    .filter(([, apply]) => apply.length === 1)
    .map(([name, apply]) => {
      const inTorch = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return [inTorch, unary((x) => (apply as (x: Tensor) => Tensor)(x))];
    }),
);

/** Functions of single numbers and of pairs of them, under the names and with the keywords of torch. */
export const ELEMENTWISE: Readonly<Record<string, Operation>> = {
  ...PLAIN,
  leaky_relu: unary((x, params) => F.leakyRelu(x, { negativeSlope: params.number('negative_slope', 0.01) })),
  gelu: unary((x, params) => F.gelu(x, { approximate: params.choice('approximate', ['none', 'tanh'], 'none') })),
  softplus: unary((x, params) =>
    F.softplus(x, { beta: params.number('beta', 1), threshold: params.number('threshold', 20) }),
  ),
  add: binary(F.add, true),
  sub: binary(F.sub, true),
  mul: binary(F.mul),
  div: binary(F.div),
};

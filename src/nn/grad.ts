/**
 * Gradients of functions, as in JAX: `grad(f)` is a function that gives the gradient of `f` with respect to its first
 * argument. Nothing is left in any `.grad`, and parameters that `f` uses beside its arguments count as constants.
 *
 *   const f = (x: Tensor) => x.square().sum();
 *   await grad(f)(tensor([1, 2, 3])).toArray();   // 2, 4, 6
 *
 * Where torch has `torch.autograd.grad(f(x), x)`, this is `grad(f)(x)`. Gradients of gradients are not supported.
 */

import { fill } from '../kernels/elementwise/fill.ts';
import { UserError } from '../util/errors.ts';
import { backward, tracking } from './autograd.ts';
import { scope } from './scope.ts';
import { formatShape } from './shape.ts';
import { full, Tensor } from './tensor.ts';

/** Gradients in the structure of what they belong to: a tensor, or lists and plain objects of tensors. */
export type GradientOf<X> = X extends Tensor ? Tensor : { [Key in keyof X]: GradientOf<X[Key]> };

/**
 * A function of the same arguments that gives the gradient of `f` with respect to the first one: a tensor, or lists and
 * plain objects of tensors. The gradient has the structure of that argument.
 * @param f gives a tensor of one element; everything else that it makes is freed
 */
export function grad<X extends object, Rest extends unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
): (x: X, ...rest: Rest) => GradientOf<X> {
  const both = valueAndGrad<X, Rest>(f);
  return (x, ...rest) => {
    const [value, gradient] = both(x, ...rest);
    value.dispose();
    return gradient;
  };
}

/**
 * A function of the same arguments that gives the value of `f` and its gradient with respect to the first argument.
 * @throws UserError when `f` gives more than one element, or its value does not depend on the first argument
 */
export function valueAndGrad<X extends object, Rest extends unknown[]>(
  f: (x: X, ...rest: Rest) => Tensor,
): (x: X, ...rest: Rest) => [value: Tensor, gradient: GradientOf<X>] {
  return (x, ...rest) =>
    scope(() => {
      const leaves: Tensor[] = [];
      const copy = mapped(x, (tensor) => {
        const leaf = new Tensor(tensor.gpu, tensor.shape, tensor.buffer.retain(), tensor.dtype, true);
        leaves.push(leaf);
        return leaf;
      }) as X;
      const value = tracking(true, () => f(copy, ...rest));
      differentiate(value, leaves);
      const gradients = leaves.values();
      const gradient = mapped(x, () => gradientOf(gradients.next().value as Tensor)) as GradientOf<X>;
      return [value.detach(), gradient];
    });
}

/** Leaves the gradient of `value` in the leaves. */
function differentiate(value: Tensor, leaves: readonly Tensor[]): void {
  if (!(value instanceof Tensor) || value.size !== 1)
    throw new UserError(`grad: the function must give a tensor of one element, not ${described(value)}`);
  const { gpu, node } = value;
  const one = gpu.allocNumbers(1, 'one', value.buffer.scalar);
  fill(gpu, { y: one, n: 1, value: 1 });
  if (node) backward(node, one, new Set(leaves));
  else if (leaves.includes(value)) value.receiveGradient(one, false);
  else one.release();
  if (leaves.some((leaf) => leaf.grad)) return;
  throw new UserError(
    'grad: the value does not depend on the first argument through operations that have a gradient (a gradient has none itself)',
  );
}

function described(value: unknown): string {
  if (value instanceof Promise) return 'a promise; it must not be async';
  return value instanceof Tensor
    ? `a tensor of shape ${formatShape(value.shape)}; take its sum() or mean()`
    : `a ${typeof value}`;
}

/** Takes a leaf's gradient from it; zeros where none arrived. */
function gradientOf({ gpu, shape, grad: arrived }: Tensor): Tensor {
  return arrived ? new Tensor(gpu, shape, arrived.buffer.retain(), arrived.dtype) : full(gpu, shape, 0);
}

function mapped(tree: unknown, change: (tensor: Tensor) => Tensor): unknown {
  if (tree instanceof Tensor) return change(tree);
  if (Array.isArray(tree)) return tree.map((each) => mapped(each, change));
  if (typeof tree === 'object' && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([name, each]) => [name, mapped(each, change)]));
  throw new UserError(
    `grad: the first argument holds a ${typeof tree}; it must be a tensor, or lists and objects of them`,
  );
}

import type { GpuBuffer } from '../../gpu/index.ts';
import { type BinaryName, binaryForward, binaryGradient, broadcast } from '../../kernels/elementwise/binary.ts';
import { UserError } from '../../util/errors.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { broadcastShape, sizeOf } from '../shape.ts';
import { empty, full, isReal, Tensor } from '../tensor.ts';
import { sumToShape } from './axes.ts';
import { described, expectReal } from './expect.ts';

/**
 * f(a, b) element by element; axes are aligned at the end and those of size 1 are repeated, as in NumPy and PyTorch. Of f16
 * and f32 the result is f32.
 */
export function binary(name: BinaryName, left: Tensor | number, right: Tensor | number, beta?: number): Tensor {
  const [a, b] = operands(name, left, right);
  if (a.dtype !== b.dtype && isReal(a.dtype) && isReal(b.dtype))
    return scope(() => binary(name, a.to('f32'), b.to('f32'), beta));
  const dtype = expectReal(name, { a, b });
  const { gpu } = a;
  const shape = broadcastShape(name, a.shape, b.shape);
  const walk = broadcast(a.shape, b.shape, shape);
  const y = empty(gpu, shape, name, dtype);
  const buffers = { a: a.buffer, b: b.buffer };
  binaryForward(gpu, name, { ...buffers, y: y.buffer, shape: walk, beta });

  const passesOn = { a: name === 'add' || name === 'sub', b: name === 'add' };
  function gradient(operand: 'a' | 'b', input: Tensor, gy: GpuBuffer): GpuBuffer | null {
    if (!input.requiresGrad) return null;
    if (passesOn[operand]) return sumToShape(gpu, gy.retain(), shape, input.shape);
    const g = gpu.allocNumbers(sizeOf(shape), `${name} gradient`, dtype);
    binaryGradient(gpu, name, operand, { ...buffers, gy, g, shape: walk, beta });
    return sumToShape(gpu, g, shape, input.shape);
  }
  const saved = passesOn.a && passesOn.b ? [] : [buffers.a, buffers.b];
  const result = operation(y, {
    name,
    inputs: [a, b],
    saved,
    backward: (gy) => [gradient('a', a, gy), gradient('b', b, gy)],
  });
  for (const lifted of [a, b]) if (lifted !== left && lifted !== right) lifted.dispose();
  return result;
}

function operands(name: string, left: Tensor | number, right: Tensor | number): [Tensor, Tensor] {
  for (const [operand, value] of Object.entries({ first: left, second: right })) {
    if (!(value instanceof Tensor) && typeof value !== 'number')
      throw new UserError(`${name}: its ${operand} operand is ${described(value)}; it must be a tensor or a number`);
  }
  const like = left instanceof Tensor ? left : right instanceof Tensor ? right : null;
  if (!like) throw new UserError(`${name}: one of its operands must be a tensor`);
  const dtype = isReal(like.dtype) ? like.dtype : 'f32';
  const lift = (value: Tensor | number): Tensor => (value instanceof Tensor ? value : full(like.gpu, [], value, dtype));
  return [lift(left), lift(right)];
}

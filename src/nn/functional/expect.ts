import type { ScalarType } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { formatShape } from '../shape.ts';
import { type DType, Tensor } from '../tensor.ts';

/** Throws unless the value is a tensor. */
export function expectTensor(operation: string, name: string, value: unknown): void {
  if (value instanceof Tensor) return;
  throw new UserError(`${operation}: ${name} is ${described(value)}; it must be a tensor`);
}

/** What a value is that should have been a tensor, with the likely remedy. */
export function described(value: unknown): string {
  if (value instanceof Promise) return 'a promise (write `await` before it)';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return 'a list (write `tensor(…)` around it)';
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}

/** Throws unless all tensors hold f32 and lie on one device. */
export function expectFloat(operation: string, tensors: Record<string, Tensor | undefined>): void {
  expectTypes(operation, ['f32'], tensors);
}

/** Throws unless all tensors hold f32 or all hold f16, and lie on one device. Returns which. */
export function expectReal(operation: string, tensors: Record<string, Tensor | undefined>): ScalarType {
  const first = expectTypes(operation, ['f32', 'f16'], tensors);
  const other = Object.entries(tensors).find(([, tensor]) => tensor && tensor.dtype !== first.dtype);
  if (other) {
    throw new UserError(
      `${operation}: its tensors hold ${first.dtype} and ${other[1]?.dtype} (${other[0]}); convert one with to('f32') or to('f16')`,
    );
  }
  return first.dtype as ScalarType;
}

function expectTypes(operation: string, types: readonly DType[], tensors: Record<string, Tensor | undefined>): Tensor {
  let first: Tensor | undefined;
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor === undefined) continue;
    expectTensor(operation, name, tensor);
    if (!types.includes(tensor.dtype))
      throw new UserError(`${operation}: ${name} holds ${tensor.dtype}; it must hold ${types.join(' or ')}`);
    first ??= tensor;
    if (tensor.gpu !== first.gpu) throw new UserError(`${operation}: its tensors lie on different devices`);
  }
  if (!first) throw new Error(`${operation}: it has no tensors`);
  return first;
}

/** Throws unless the tensor has these axes; `axes` names them, e.g. `batch, channels, height, width`. */
export function expectRank(operation: string, name: string, tensor: Tensor, axes: string): void {
  expectTensor(operation, name, tensor);
  const rank = axes.split(',').length;
  if (tensor.shape.length === rank) return;
  throw new UserError(
    `${operation}: ${name} has shape ${formatShape(tensor.shape)}; it must have ${rank} axes [${axes}]`,
  );
}

/** Throws unless the tensor has this shape. */
export function expectShape(operation: string, name: string, tensor: Tensor, shape: readonly number[]): void {
  expectTensor(operation, name, tensor);
  if (tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis])) return;
  throw new UserError(`${operation}: ${name} has shape ${formatShape(tensor.shape)}; it must be ${formatShape(shape)}`);
}

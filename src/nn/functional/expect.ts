import { UserError } from '../../util/errors.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Throws unless all tensors hold f32 and lie on one device. */
export function expectFloat(operation: string, tensors: Record<string, Tensor | undefined>): void {
  let first: Tensor | undefined;
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!tensor) continue;
    if (tensor.dtype !== 'f32') throw new UserError(`${operation}: ${name} holds ${tensor.dtype}; it must hold f32`);
    first ??= tensor;
    if (tensor.gpu !== first.gpu) throw new UserError(`${operation}: its tensors lie on different devices`);
  }
}

/** Throws unless the tensor has these axes; `axes` names them, e.g. `batch, channels, height, width`. */
export function expectRank(operation: string, name: string, tensor: Tensor, axes: string): void {
  const rank = axes.split(',').length;
  if (tensor.shape.length === rank) return;
  throw new UserError(
    `${operation}: ${name} has shape ${formatShape(tensor.shape)}; it must have ${rank} axes [${axes}]`,
  );
}

/** Throws unless the tensor has this shape. */
export function expectShape(operation: string, name: string, tensor: Tensor, shape: readonly number[]): void {
  if (tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis])) return;
  throw new UserError(`${operation}: ${name} has shape ${formatShape(tensor.shape)}; it must be ${formatShape(shape)}`);
}

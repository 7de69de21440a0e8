import type { Tensor, TensorData } from '../nn/tensor.ts';
import { UserError } from '../util/errors.ts';
import type { State } from './checkpoint.ts';

/** Reads tensors back to the host, in the order of their names' appearance. */
export async function readState(tensors: ReadonlyMap<string, Tensor>): Promise<State> {
  const entries = [...tensors].map(async ([name, tensor]) => {
    const values = await tensor.toArray<TensorData>();
    return [name, { shape: tensor.shape, data: Float32Array.from(values) }] as const;
  });
  return new Map(await Promise.all(entries));
}

/**
 * Overwrites tensors with a state that has exactly their names and shapes.
 * @param where names the state's origin in messages
 * @throws UserError naming the first difference
 */
export function writeState(tensors: ReadonlyMap<string, Tensor>, state: State, where: string): void {
  for (const name of state.keys())
    if (!tensors.has(name)) throw new UserError(`${where}: tensor "${name}" does not belong to this model`);
  for (const [name, tensor] of tensors) {
    const stored = state.get(name);
    if (!stored) throw new UserError(`${where}: tensor "${name}" is missing`);
    const same =
      stored.shape.length === tensor.shape.length && stored.shape.every((size, axis) => size === tensor.shape[axis]);
    if (!same)
      throw new UserError(
        `${where}: tensor "${name}" has shape [${stored.shape.join(', ')}], the model [${tensor.shape.join(', ')}]`,
      );
    tensor.write(
      tensor.dtype === 'f32'
        ? stored.data
        : tensor.dtype === 'i32'
          ? Int32Array.from(stored.data)
          : Uint32Array.from(stored.data),
    );
  }
}

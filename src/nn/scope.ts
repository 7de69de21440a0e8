/**
 * Scopes end the life of tensors: device memory is not left to the garbage collector. What is made inside `scope` and
 * neither returned nor kept is disposed of at its end. What the backward pass needs is held by the graph, not by the
 * scope, so a network's layers can drop their intermediate results as soon as they return.
 */
import type { Tensor } from './tensor.ts';

let current: Set<Tensor> | null = null;
const outer: (Set<Tensor> | null)[] = [];

/** Called for every new tensor. */
export function enterScope(tensor: Tensor): void {
  current?.add(tensor);
}

/** Takes a tensor out of all scopes: it lives until its own `dispose()`. */
export function keep<T extends Tensor>(tensor: T): T {
  current?.delete(tensor);
  for (const scope of outer) scope?.delete(tensor);
  return tensor;
}

/** Disposes of a tensor before the scope it was made in ends, unless it was kept. */
export function drop(tensor: Tensor): void {
  if (current?.delete(tensor)) tensor.dispose();
}

/**
 * Runs `fn` and disposes of every tensor made in it, except those in its result (a tensor, or arrays and plain objects of
 * them), which pass to the scope around, and those given to `keep`. `fn` is synchronous: read values after the scope.
 */
export function scope<T>(fn: () => T): T {
  const parent = current;
  const made = new Set<Tensor>();
  outer.push(parent);
  current = made;
  try {
    const result = fn();
    if (result instanceof Promise)
      throw new Error('scope: its function is asynchronous; return tensors and read them outside');
    for (const tensor of tensorsIn(result)) if (made.delete(tensor)) parent?.add(tensor);
    return result;
  } finally {
    current = parent;
    outer.pop();
    for (const tensor of made) tensor.dispose();
  }
}

function tensorsIn(value: unknown): Tensor[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('dispose' in value && 'shape' in value) return [value as Tensor];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  if (value instanceof Map) return [...value.values()].flatMap(tensorsIn);
  return Object.getPrototypeOf(value) === Object.prototype ? Object.values(value).flatMap(tensorsIn) : [];
}

/** Numbers in nested lists, `[[1, 2], [3, 4]]`, and flat with a shape. */
import { UserError } from '../util/errors.ts';
import { type Shape, sizeOf } from './shape.ts';

/** A number, or lists of lists of numbers that all have the same lengths. */
export type Nested = number | readonly Nested[];

/** Shape and elements, last axis fastest. Throws UserError where lists of one depth differ in length. */
export function flattened(data: Nested): { shape: number[]; values: Float32Array<ArrayBuffer> } {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0] as Nested) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values = new Float32Array(sizeOf(shape));
  let next = 0;
  const visit = (level: Nested, path: number[]): void => {
    const size = shape[path.length];
    const place = path.length > 0 ? `[${path.join('][')}]` : 'the data';
    if (typeof level === 'number') {
      if (size !== undefined) throw new UserError(`tensor: ${place} is a number where ${size} elements are expected`);
      values[next++] = level;
    } else if (!Array.isArray(level) || size === undefined) {
      throw new UserError(
        `tensor: ${place} is ${describe(level)} where a ${size === undefined ? 'number' : 'list'} is expected; it takes numbers, lists of them, Float32Array, Int32Array and Uint32Array`,
      );
    } else if (level.length !== size) {
      throw new UserError(`tensor: ${place} has ${level.length} elements where ${size} are expected`);
    } else {
      level.forEach((item, i) => {
        visit(item, [...path, i]);
      });
    }
  };
  visit(data, []);
  return { shape, values };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The elements in nested lists. */
export function nested(values: ArrayLike<number>, shape: Shape): Nested {
  let start = 0;
  const build = (axis: number): Nested =>
    axis === shape.length
      ? (values[start++] as number)
      : Array.from({ length: shape[axis] as number }, () => build(axis + 1));
  return build(0);
}

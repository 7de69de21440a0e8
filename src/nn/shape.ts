import { UserError } from '../util/errors.ts';

export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Throws unless every size is a whole number ≥ 0. */
export function checkShape(name: string, shape: Shape): void {
  if (!Array.isArray(shape))
    throw new UserError(`${name}: the shape is ${shape}; it must be a list of sizes such as [2, 3]`);
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return;
  throw new UserError(`${name}: ${formatShape(shape)} is no shape; sizes are whole numbers from 0`);
}

/** The shape both operands are stretched to: axes are aligned at the end, an axis of size 1 is repeated. */
export function broadcastShape(name: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new UserError(
        `${name}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast (axis ${axis}: ${left} and ${right})`,
      );
    }
    return left === 1 ? right : left;
  });
}

/** The axis counted from 0; negative ones count from the end. */
export function axisOf(name: string, axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && counted >= 0 && counted < rank) return counted;
  throw new UserError(`${name}: there is no axis ${axis} in a tensor of ${rank} axes`);
}

/** A size for both picture axes from one number or a pair (height, width). */
export function pair(value: number | readonly [number, number]): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

import { UserError } from '../util/errors.ts';

export type Shape3 = readonly [d0: number, d1: number, d2: number];

/** A shape of one to three axes as three: leading axes of one are put ahead. Throws UserError for any other number. */
export function threeAxes(operation: string, shape: readonly number[]): Shape3 {
  if (shape.length < 1 || shape.length > 3) {
    throw new UserError(`${operation}: shape [${shape}] has ${shape.length} axes; one to three are supported`);
  }
  const [d2 = 1, d1 = 1, d0 = 1] = shape.toReversed();
  return [d0, d1, d2];
}

/** Voxels of a shape. */
export function voxelCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

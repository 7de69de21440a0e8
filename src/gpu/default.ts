import { UserError } from '../util/errors.ts';
import { Gpu } from './gpu.ts';

/** Devices in the order in which they were opened, those closed since included until somebody looks. */
let opened: Gpu[] = [];
let opening = 0;

/** Makes the device the default, unless one that was opened before it is still open. */
export async function registered(promise: Promise<Gpu>): Promise<Gpu> {
  opening++;
  try {
    const gpu = await promise;
    opened.push(gpu);
    return gpu;
  } finally {
    opening--;
  }
}

/** The device that is meant where none is named: of those still open the one opened first. Throws UserError without one. */
export function defaultGpu(): Gpu {
  opened = opened.filter((gpu) => !gpu.closed);
  const [first] = opened;
  if (first) return first;
  throw new UserError(
    opening > 0
      ? 'the device is still being opened: write `await openGpu()`'
      : 'no device is open: call `await openGpu()` first, or give a device as the first argument',
  );
}

/** Arguments that may begin with the device; without it the default device is meant. */
export type OnGpu<Arguments extends unknown[]> = [gpu: Gpu, ...rest: Arguments] | Arguments;

/** The arguments with the device in front. */
export function onGpu<Arguments extends unknown[]>(given: OnGpu<Arguments>): [gpu: Gpu, ...rest: Arguments] {
  const [first] = given;
  if (first instanceof Gpu) return given as [Gpu, ...Arguments];
  if (first instanceof Promise) throw new UserError('the device is a promise: write `await openGpu()`');
  return [defaultGpu(), ...(given as Arguments)];
}

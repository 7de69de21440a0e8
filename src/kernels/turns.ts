import type { Gpu } from '../gpu/index.ts';

/**
 * Vec4s that an invocation of an element-wise kernel takes, one after another, where it reads many numbers beside them.
 * Processors like few long invocations; a GPU hides the reading behind others and wants many. Results do not depend on it.
 */
export function turnsOf(gpu: Gpu): number {
  return gpu.info.kind === 'hardware' ? 1 : 16;
}

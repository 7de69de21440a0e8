import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import source from './flag.wgsl';

const kernel = defineKernel({ name: 'anomaly.flag', source });

/** The bit of a flag that tells of NaN; the next one tells of infinities. */
export const NAN = 1;

/** flags[index], u32, gets the bits of what is among x[n]. */
export function flagAnomaly(
  gpu: Gpu,
  { x, n, flags, index }: { x: GpuBuffer; n: number; flags: GpuBuffer; index: number },
): void {
  dispatchElements(gpu, kernel, { tensors: { x }, others: { flags }, n, sizes: { index } });
}

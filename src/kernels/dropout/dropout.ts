import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';
import beginSource from './begin.wgsl';
import maskSource from './mask.wgsl';

const begin = defineKernel({ name: 'dropout.begin', source: beginSource });
const mask = defineKernel({ name: 'dropout.mask', source: maskSource });

/** draw [3] = what state [3] = (key, key, pass) says; then the next pass is another one. */
export function dropoutBegin(gpu: Gpu, { state, draw }: { state: GpuBuffer; draw: GpuBuffer }): void {
  gpu.dispatch(begin, { buffers: { state, draw }, workgroups: [1] });
}

/** y[n] = x[n] / (1 − p), but 0 for the share p of elements that `draw` says. The same for outputs and gradients. */
export function dropoutMask(
  gpu: Gpu,
  { x, draw, y, n, p }: { x: GpuBuffer; draw: GpuBuffer; y: GpuBuffer; n: number; p: number },
): void {
  const threshold = Math.min(Math.round(p * 2 ** 32), 0xffffffff);
  gpu.dispatch(mask, {
    buffers: { x: asVec4(x), draw, y: asVec4(y) },
    sizes: { n, threshold, scale: p < 1 ? 1 / (1 - p) : 0 },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 2 * SCALAR_BYTES[x.scalar] * n },
  });
}

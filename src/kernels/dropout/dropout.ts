import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { dispatchElements } from '../elements.ts';
import philox from '../philox.wgsl';
import beginSource from './begin.wgsl';
import maskSource from './mask.wgsl';

const begin = defineKernel({ name: 'dropout.begin', source: beginSource });
const mask = defineKernel({ name: 'dropout.mask', source: maskSource, prelude: philox });

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
  const scale = p < 1 ? 1 / (1 - p) : 0;
  dispatchElements(gpu, mask, {
    tensors: { x, y },
    others: { draw },
    n,
    sizes: (first) => ({ first_block: first / 4, threshold, scale }),
  });
}

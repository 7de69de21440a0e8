import { defineKernel, type Gpu } from '../gpu/index.ts';
import source from './peak.wgsl';

const kernel = defineKernel({ name: 'bench.peak', source });
const WORKGROUPS = 64;
const TURNS = { hardware: 4096, lavapipe: 256, swiftshader: 64 };

/** A dispatch of multiply–adds that touch no memory: what a share of the peak is a share of. */
export function peakRun(gpu: Gpu): { flops: number; run: () => void; release: () => void } {
  const n = TURNS[gpu.info.kind];
  const invocations = WORKGROUPS * 64 * (gpu.info.kind === 'hardware' ? 64 : 1);
  const x = gpu.upload(new Float32Array(4 * (invocations + 1)).fill(0.5));
  const y = gpu.alloc(16 * invocations);
  return {
    flops: 2 * 8 * 16 * n * invocations,
    run: () => gpu.dispatch(kernel, { buffers: { x, y }, sizes: { n }, workgroups: [invocations / 64] }),
    release: () => {
      x.release();
      y.release();
    },
  };
}

/** What an adapter can do at most: the rates that kernels are measured against. */
import { defineKernel, type Gpu, linearWorkgroups } from '../gpu/index.ts';
import copySource from './copy.wgsl';
import peakSource from './peak.wgsl';

/** A piece of work whose size is known. */
export interface Load {
  /** Operations on floats, or bytes moved. */
  amount: number;
  queue(): void;
  release(): void;
}

const peak = defineKernel({ name: 'bench.peak', source: peakSource });
const copy = defineKernel({ name: 'bench.copy', source: copySource });

const INVOCATIONS = { hardware: 2 ** 18, lavapipe: 2 ** 12, swiftshader: 2 ** 12 };
const TURNS = { hardware: 4096, lavapipe: 256, swiftshader: 64 };
const COPIED_BYTES = { hardware: 2 ** 26, lavapipe: 2 ** 24, swiftshader: 2 ** 24 };

/** Multiply–adds that touch no memory. */
export function peakLoad(gpu: Gpu): Load {
  const n = TURNS[gpu.info.kind];
  const invocations = INVOCATIONS[gpu.info.kind];
  const x = gpu.upload(new Float32Array(4 * (invocations + 1)).fill(0.5));
  const y = gpu.alloc(16 * invocations);
  const flops = 2 * 8 * 16 * n * invocations;
  return {
    amount: flops,
    queue: () =>
      gpu.dispatch(peak, {
        buffers: { x, y },
        sizes: { n },
        workgroups: linearWorkgroups(invocations, 64),
        work: { flops },
      }),
    release() {
      x.release();
      y.release();
    },
  };
}

/** A copy from one buffer to another. */
export function copyLoad(gpu: Gpu): Load {
  const bytes = COPIED_BYTES[gpu.info.kind];
  const [x, y] = [gpu.upload(new Float32Array(bytes / 4).fill(0.5)), gpu.alloc(bytes)];
  const n = bytes / 16;
  return {
    amount: 2 * bytes,
    queue: () => gpu.dispatch(copy, { buffers: { x, y }, sizes: { n }, workgroups: linearWorkgroups(n, 64) }),
    release() {
      x.release();
      y.release();
    },
  };
}

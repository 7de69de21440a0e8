/** Dispatches of element-wise kernels: what an invocation takes, and tensors that are too large to be bound whole. */
import {
  type BufferView,
  type Constants,
  type Gpu,
  type GpuBuffer,
  type Kernel,
  linearWorkgroups,
  SCALAR_BYTES,
} from '../gpu/index.ts';

/** A part begins where its bytes are a multiple of 256 in every type. */
const STEP = 128;

type Sizes = Record<string, number>;

export interface ElementWise {
  /** Tensors of n numbers by their WGSL names, which the kernel declares as arrays of vec4s. */
  tensors: Record<string, GpuBuffer>;
  /** What is bound whole. */
  others?: Record<string, GpuBuffer>;
  n: number;
  /** Fields of the uniform block beside `n`, or what they are for the part that begins at element `first`. */
  sizes?: Sizes | ((first: number) => Sizes);
  constants?: Constants | undefined;
  /** What the profiler counts for an element: operations, and bytes where they are not those of the tensors read or written once. */
  flops?: number;
  bytes?: number;
}

/**
 * Vec4s that an invocation takes, one after another. Processors like few long invocations; a GPU hides the reading behind
 * others and wants many. Results do not depend on it.
 *
 * Kernels count their turns up to a bound that follows from `n`: sixteen turns known beforehand are written out by Mesa, and
 * one sum of two tensors then took a second to compile, in place of 40 ms.
 */
export function turnsOf(gpu: Gpu): number {
  return gpu.info.kind === 'hardware' ? 1 : 16;
}

/**
 * A buffer's numbers from `first` on as whole vec4s, for kernels that read and write four at once (two to four times faster
 * on processors, and what GPUs like best). The pool's memory comes in multiples of 64 bytes, so the last vec4 of any number
 * of elements is there; what lies behind the last element is never used.
 */
export function vec4s(buffer: GpuBuffer, first: number, count: number): BufferView {
  const each = SCALAR_BYTES[buffer.scalar];
  return { buffer, offset: each * first, bytes: 4 * each * Math.max(1, Math.ceil(count / 4)) };
}

/** Calls `queue` for parts of n elements that can be bound, each but the last a multiple of `step` long. */
export function inParts(
  gpu: Gpu,
  tensors: Record<string, GpuBuffer>,
  n: number,
  step: number,
  queue: (views: Record<string, BufferView>, first: number, count: number) => void,
): void {
  const widest = Math.max(...Object.values(tensors).map(({ scalar }) => SCALAR_BYTES[scalar]));
  const most = Math.max(1, Math.floor(gpu.bindingBytes / widest / step)) * step;
  for (let first = 0; first < n; first += most) {
    const count = Math.min(most, n - first);
    const views = Object.entries(tensors).map(([name, buffer]) => [name, vec4s(buffer, first, count)] as const);
    queue(Object.fromEntries(views), first, count);
  }
}

/** Queues an element-wise kernel for all n elements; `n` of its uniform block are those of a part. */
export function dispatchElements(gpu: Gpu, kernel: Kernel, options: ElementWise): void {
  const { tensors, others = {}, n, sizes, constants, flops = 0 } = options;
  const { bytes = Object.values(tensors).reduce((sum, { scalar }) => sum + SCALAR_BYTES[scalar], 0) } = options;
  const TURNS = turnsOf(gpu);
  inParts(gpu, tensors, n, STEP, (views, first, count) => {
    gpu.dispatch(kernel.with({ ...constants, TURNS }), {
      buffers: { ...views, ...others },
      sizes: { n: count, ...(typeof sizes === 'function' ? sizes(first) : sizes) },
      workgroups: linearWorkgroups(count, 256 * TURNS),
      work: { flops: flops * count, bytes: bytes * count },
    });
  });
}

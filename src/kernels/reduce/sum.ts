import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import { batchSlices, type Elements, elementsOf, type Operand, sliceOf } from '../slices.ts';
import source from './sum.wgsl';

const kernel = defineKernel({ name: 'reduce.sum', source });

/** Terms that one invocation adds. */
const SEGMENT = 64;

export interface ReduceSum {
  /** [outer, n, inner] */
  x: GpuBuffer;
  /** [outer, inner] */
  y: GpuBuffer;
  outer: number;
  n: number;
  inner: number;
  /** Factor put on each sum, e.g. 1/n for a mean. */
  scale?: number;
}

/** y[outer, inner] = scale · Σ over the middle axis of x[outer, n, inner]: pairwise, in an order that the shape decides. */
export function reduceSum(gpu: Gpu, { x, y, outer, n, inner, scale = 1 }: ReduceSum): void {
  const rowBytes = SCALAR_BYTES[x.scalar] * n * inner;
  if (rowBytes > gpu.bindingBytes && n > 1) return reduceLongLines(gpu, { x, y, outer, n, inner, scale });
  const sumBytes = SCALAR_BYTES[y.scalar] * inner;
  for (const rows of batchSlices(outer, [rowBytes, sumBytes], gpu.bindingBytes)) {
    const input = { part: sliceOf(x, rows, outer, rowBytes), skip: 0 };
    const output = sliceOf(y, rows, outer, sumBytes);
    sumTree(gpu, { input, output, first: 0, outer: rows.count, n, inner, scale });
  }
}

/** Sums of lines that cannot be bound whole: of stretches of them, then of these sums. */
function reduceLongLines(gpu: Gpu, { x, y, outer, n, inner, scale }: Required<ReduceSum>): void {
  const stretches = batchSlices(n, [SCALAR_BYTES[x.scalar] * inner], gpu.bindingBytes);
  const sums = gpu.alloc(4 * outer * stretches.length * inner, 'sums of stretches');
  let first = 0;
  for (let o = 0; o < outer; o++) {
    for (const stretch of stretches) {
      const input = elementsOf(x, (o * n + stretch.first) * inner, stretch.count * inner);
      sumTree(gpu, { input, output: sums, first, outer: 1, n: stretch.count, inner, scale: 1 });
      first += inner;
    }
  }
  reduceSum(gpu, { x: sums, y, outer, n: stretches.length, inner, scale });
  sums.release();
}

interface SumTree {
  input: Elements;
  /** Receives the sums from element `first` on. */
  output: Operand;
  first: number;
  outer: number;
  n: number;
  inner: number;
  scale: number;
}

function sumTree(gpu: Gpu, { input, output, first, outer, n, inner, scale }: SumTree): void {
  const segments = Math.max(1, Math.ceil(n / SEGMENT));
  const outputs = outer * segments * inner;
  const last = segments === 1;
  const sums = last ? null : gpu.alloc(4 * outputs, 'partial sums');
  gpu.dispatch(kernel, {
    buffers: { x: input.part, y: sums ?? output },
    sizes: { outputs, n, segments, inner, skip: input.skip, first: last ? first : 0, scale: last ? scale : 1 },
    workgroups: linearWorkgroups(outputs, 64),
    work: { flops: outer * n * inner, bytes: 4 * (outer * n * inner + outputs) },
  });
  if (!sums) return;
  sumTree(gpu, { input: { part: sums, skip: 0 }, output, first, outer, n: segments, inner, scale });
  sums.release();
}

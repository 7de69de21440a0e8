import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { type Lines, lineDispatch } from '../lines/lines.ts';
import tree from '../lines/tree.wgsl';
import { inRows, type Operand, type Rows, workOn } from '../slices.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';

const forward = defineKernel({ name: 'softmax.forward', source: forwardSource, prelude: tree });
const backward = defineKernel({ name: 'softmax.backward', source: backwardSource, prelude: tree });

export interface SoftmaxOptions {
  lines: Lines;
  /** The logarithm of the result instead. */
  log?: boolean;
  /** Lines of −∞ alone give zeros instead of NaN, and of `queries` neighbouring lines, where given, the i-th sees i + 1 elements. */
  attention?: { queries?: number | undefined } | undefined;
  /** Invocations that share a line, in place of the choice by adapter. */
  lanes?: number | undefined;
}

/** y = the softmax of x along lines. */
export function softmaxForward(
  gpu: Gpu,
  { x, y, lines, log = false, attention, lanes }: SoftmaxOptions & { x: GpuBuffer; y: GpuBuffer },
): void {
  const queries = attention?.queries ?? 0;
  for (const { buffers, part } of partsOf(gpu, lines, { x, y }, queries)) {
    const { constants, workgroups } = lineDispatch(gpu, part, lanes);
    gpu.dispatch(forward.with({ ...constants, LOG: log ? 1 : 0, ATTENTION: attention ? 1 : 0 }), {
      buffers,
      sizes: { lines: part.outer * part.inner, n: part.n, inner: part.inner, queries },
      workgroups,
      work: workOn(buffers),
    });
  }
}

/** Lines that can be bound at once, and their parts of the tensors; neighbouring lines stay together in groups of `together`. */
function partsOf<Name extends string>(
  gpu: Gpu,
  { outer, n, inner }: Lines,
  tensors: Record<Name, GpuBuffer>,
  together = 0,
): { buffers: Record<Name, Operand>; part: Lines }[] {
  const group = Math.max(1, together);
  const rows = Object.entries<GpuBuffer>(tensors).map(([name, buffer]) => [name, { buffer, row: group * n * inner }]);
  return inRows(gpu, outer / group, Object.fromEntries(rows) as Record<Name, Rows>).map(({ buffers, count }) => ({
    buffers,
    part: { outer: count * group, n, inner },
  }));
}

/** gx: the gradient of x from that of y. */
export function softmaxBackward(
  gpu: Gpu,
  {
    y,
    gy,
    gx,
    lines,
    log = false,
    lanes,
  }: Omit<SoftmaxOptions, 'attention'> & { y: GpuBuffer; gy: GpuBuffer; gx: GpuBuffer },
): void {
  for (const { buffers, part } of partsOf(gpu, lines, { y, gy, gx })) {
    const { constants, workgroups } = lineDispatch(gpu, part, lanes);
    gpu.dispatch(backward.with({ ...constants, LOG: log ? 1 : 0 }), {
      buffers,
      sizes: { lines: part.outer * part.inner, n: part.n, inner: part.inner },
      workgroups,
      work: workOn(buffers),
    });
  }
}

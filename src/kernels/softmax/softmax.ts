import { defineKernel, type Gpu, type GpuBuffer } from '../../gpu/index.ts';
import { type Lines, lineDispatch } from '../lines/lines.ts';
import tree from '../lines/tree.wgsl';
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
  const { outer, n, inner } = lines;
  const { constants, workgroups } = lineDispatch(gpu, lines, lanes);
  gpu.dispatch(forward.with({ ...constants, LOG: log ? 1 : 0, ATTENTION: attention ? 1 : 0 }), {
    buffers: { x, y },
    sizes: { lines: outer * inner, n, inner, queries: attention?.queries ?? 0 },
    workgroups,
    work: { bytes: x.bytes + y.bytes },
  });
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
  const { outer, n, inner } = lines;
  const { constants, workgroups } = lineDispatch(gpu, lines, lanes);
  gpu.dispatch(backward.with({ ...constants, LOG: log ? 1 : 0 }), {
    buffers: { y, gy, gx },
    sizes: { lines: outer * inner, n, inner },
    workgroups,
    work: { bytes: y.bytes + gy.bytes + gx.bytes },
  });
}

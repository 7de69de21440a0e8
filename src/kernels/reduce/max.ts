import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import type { Lines } from '../lines/lines.ts';
import { inRows, type Operand } from '../slices.ts';
import greatestSource from './greatest.wgsl';
import pickSource from './pick.wgsl';
import backwardSource from './pick_backward.wgsl';

const greatest = defineKernel({ name: 'reduce.greatest', source: greatestSource });
const forward = defineKernel({ name: 'reduce.pick', source: pickSource });
const backward = defineKernel({ name: 'reduce.pick_backward', source: backwardSource });

/** Places that one invocation compares. */
const SEGMENT = 64;

/** index [outer, inner]: the place of the first greatest element of each line of x [outer, n, inner]; n is at least 1. */
export function reduceGreatest(gpu: Gpu, { x, index, lines }: { x: GpuBuffer; index: GpuBuffer; lines: Lines }): void {
  const { n, inner } = lines;
  const tensors = { x: { buffer: x, row: n * inner }, index: { buffer: index, row: inner } };
  for (const { buffers, count: outer } of inRows(gpu, lines.outer, tensors))
    greatestOfPart(gpu, { ...buffers, lines: { outer, n, inner } });
}

function greatestOfPart(
  gpu: Gpu,
  { x, index, lines: { outer, n, inner } }: { x: Operand; index: Operand; lines: Lines },
): void {
  let candidates = gpu.alloc(4, 'no candidates yet');
  let left = n;
  let again = 0;
  do {
    const segments = Math.ceil(left / SEGMENT);
    const outputs = outer * segments * inner;
    const chosen = gpu.alloc(segments === 1 ? 4 : 4 * outputs, 'greatest so far');
    gpu.dispatch(greatest.with({ AGAIN: again }), {
      buffers: { x, candidates, index: segments === 1 ? index : chosen },
      sizes: { outputs, n, left, segments, inner },
      workgroups: linearWorkgroups(outputs, 64),
      work: { bytes: 4 * (outer * left * inner + outputs) },
    });
    candidates.release();
    candidates = chosen;
    left = segments;
    again = 1;
  } while (left > 1);
  candidates.release();
}

interface Picked {
  /** [outer, inner] */
  index: GpuBuffer;
  lines: Lines;
}

/** y [outer, inner] = the elements of x [outer, n, inner] at the places `index`. */
export function pickForward(gpu: Gpu, { x, index, y, lines }: Picked & { x: GpuBuffer; y: GpuBuffer }): void {
  const { n, inner } = lines;
  const tensors = {
    x: { buffer: x, row: n * inner },
    index: { buffer: index, row: inner },
    y: { buffer: y, row: inner },
  };
  for (const { buffers, count } of inRows(gpu, lines.outer, tensors)) {
    const outputs = count * inner;
    gpu.dispatch(forward, {
      buffers,
      sizes: { outputs, n, inner },
      workgroups: linearWorkgroups(outputs, 64),
      work: { bytes: 12 * outputs },
    });
  }
}

/** gx [outer, n, inner] = gy [outer, inner] at the places `index`, 0 elsewhere. */
export function pickBackward(gpu: Gpu, { gy, index, gx, lines }: Picked & { gy: GpuBuffer; gx: GpuBuffer }): void {
  const { n, inner } = lines;
  const tensors = {
    gy: { buffer: gy, row: inner },
    index: { buffer: index, row: inner },
    gx: { buffer: gx, row: n * inner },
  };
  for (const { buffers, count } of inRows(gpu, lines.outer, tensors)) {
    const elements = count * n * inner;
    gpu.dispatch(backward, {
      buffers,
      sizes: { elements, n, inner },
      workgroups: linearWorkgroups(elements, 64),
      work: { bytes: 4 * elements },
    });
  }
}

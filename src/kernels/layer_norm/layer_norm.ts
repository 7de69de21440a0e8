import { defineKernel, type Gpu, GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { lineDispatch } from '../lines/lines.ts';
import tree from '../lines/tree.wgsl';
import { reduceSum } from '../reduce/sum.ts';
import { inRows, type Operand, workOn } from '../slices.ts';
import forwardSource from './forward.wgsl';
import inputSource from './gradient_input.wgsl';
import parametersSource from './gradient_parameters.wgsl';

const forward = defineKernel({ name: 'layer_norm.forward', source: forwardSource, prelude: tree });
const gradientInput = defineKernel({ name: 'layer_norm.gradient_input', source: inputSource, prelude: tree });
const gradientParameters = defineKernel({ name: 'layer_norm.gradient_parameters', source: parametersSource });

/** Lines that one invocation adds up for the gradients of the parameters. */
const SEGMENT = 64;

/** x [lines, n], normalised along each line. */
export interface LayerNormShape {
  lines: number;
  n: number;
}

/** Bytes of the statistics that the forward pass leaves for the backward pass. */
export const layerNormStatisticsBytes = ({ lines }: LayerNormShape): number => 12 * lines;

/** Invocations that share a line, in place of the choice by adapter. */
interface Forced {
  lanes?: number | undefined;
}

const dispatchOf = (gpu: Gpu, { lines, n }: LayerNormShape, lanes: number | undefined) =>
  lineDispatch(gpu, { outer: lines, n, inner: 1 }, lanes);

export interface LayerNormForward extends Forced {
  x: GpuBuffer;
  /** [n] each */
  weight?: GpuBuffer | undefined;
  bias?: GpuBuffer | undefined;
  y: GpuBuffer;
  /** Written: see forward.wgsl. */
  statistics: GpuBuffer;
  shape: LayerNormShape;
  eps: number;
}

/** y = x normalised along lines, times weight plus bias. */
export function layerNormForward(gpu: Gpu, given: LayerNormForward): void {
  const { x, weight, bias, y, statistics, shape, eps, lanes } = given;
  const { n } = shape;
  const unused = gpu.alloc(4, 'layer_norm without parameters');
  const rows = { x: { buffer: x, row: n }, y: { buffer: y, row: n }, statistics: { buffer: statistics, row: 3 } };
  for (const { buffers, count: lines } of inRows(gpu, shape.lines, rows)) {
    const { constants, workgroups } = dispatchOf(gpu, { lines, n }, lanes);
    gpu.dispatch(forward.with({ ...constants, HAS_WEIGHT: weight ? 1 : 0, HAS_BIAS: bias ? 1 : 0 }), {
      buffers: { ...buffers, weight: weight ?? unused, bias: bias ?? unused },
      sizes: { lines, n, eps },
      workgroups,
      work: workOn(buffers),
    });
  }
  unused.release();
}

export interface LayerNormInputGradient extends Forced {
  x: GpuBuffer;
  gy: GpuBuffer;
  weight?: GpuBuffer | undefined;
  statistics: GpuBuffer;
  gx: GpuBuffer;
  shape: LayerNormShape;
}

/** gx: the gradient of x from that of y. */
export function layerNormInputGradient(gpu: Gpu, given: LayerNormInputGradient): void {
  const { x, gy, weight, statistics, gx, shape, lanes } = given;
  const { n } = shape;
  const rows = {
    x: { buffer: x, row: n },
    gy: { buffer: gy, row: n },
    gx: { buffer: gx, row: n },
    statistics: { buffer: statistics, row: 3 },
  };
  for (const { buffers, count: lines } of inRows(gpu, shape.lines, rows)) {
    const { constants, workgroups } = dispatchOf(gpu, { lines, n }, lanes);
    gpu.dispatch(gradientInput.with({ ...constants, HAS_WEIGHT: weight ? 1 : 0 }), {
      buffers: { ...buffers, weight: weight ?? buffers.statistics },
      sizes: { lines, n },
      workgroups,
      work: workOn(buffers),
    });
  }
}

export interface LayerNormParameterGradients {
  x: Operand;
  gy: Operand;
  statistics: Operand;
  /** [n] each, overwritten */
  gweight: GpuBuffer;
  gbias: GpuBuffer;
  shape: LayerNormShape;
}

/** gweight and gbias: the gradients of the parameters from that of y. */
export function layerNormParameterGradients(gpu: Gpu, given: LayerNormParameterGradients): void {
  const { x, gy, statistics, gweight, gbias, shape } = given;
  const { lines, n } = shape;
  if (x instanceof GpuBuffer && x.bytes > gpu.bindingBytes) return parameterGradientsInParts(gpu, given);
  const segments = Math.max(1, Math.ceil(lines / SEGMENT));
  const totals = [gweight, gbias];
  const parts = totals.map((total) =>
    segments === 1 ? total.retain() : gpu.alloc(4 * segments * n, 'layer_norm parts'),
  );
  gpu.dispatch(gradientParameters, {
    buffers: { x, gy, statistics, gweight: parts[0] as GpuBuffer, gbias: parts[1] as GpuBuffer },
    sizes: { lines, n, segments },
    workgroups: linearWorkgroups(segments * n, 64),
    work: { bytes: x.bytes + gy.bytes },
  });
  for (const [i, part] of parts.entries()) {
    if (segments > 1) reduceSum(gpu, { x: part, y: totals[i] as GpuBuffer, outer: 1, n: segments, inner: n });
    part.release();
  }
}

/** Of lines that cannot all be bound: of runs of them, then the sums of these. */
function parameterGradientsInParts(gpu: Gpu, given: LayerNormParameterGradients): void {
  const { x, gy, statistics, gweight, gbias, shape } = given;
  const { n } = shape;
  const whole = (buffer: Operand, row: number) => ({ buffer: buffer as GpuBuffer, row });
  const rows = { x: whole(x, n), gy: whole(gy, n), statistics: whole(statistics, 3) };
  const runs = inRows(gpu, shape.lines, rows);
  const totals = [gweight, gbias];
  const parts = totals.map(() => gpu.alloc(4 * runs.length * n, 'layer_norm parts'));
  for (const [i, { buffers, count }] of runs.entries()) {
    const [ofRun, biasOfRun] = totals.map(() => gpu.alloc(4 * n, 'layer_norm part')) as [GpuBuffer, GpuBuffer];
    layerNormParameterGradients(gpu, { ...buffers, gweight: ofRun, gbias: biasOfRun, shape: { lines: count, n } });
    for (const [k, part] of [ofRun, biasOfRun].entries()) {
      gpu.copy(part, parts[k] as GpuBuffer, 4 * n, 0, 4 * n * i);
      part.release();
    }
  }
  for (const [k, part] of parts.entries()) {
    reduceSum(gpu, { x: part, y: totals[k] as GpuBuffer, outer: 1, n: runs.length, inner: n });
    part.release();
  }
}

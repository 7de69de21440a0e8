/** Pictures in another size, one axis after the other. */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { inRows, workOn } from '../slices.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';
import taps from './taps.wgsl';

const forward = defineKernel({ name: 'interpolate.forward', source: forwardSource, prelude: taps });
const backward = defineKernel({ name: 'interpolate.backward', source: backwardSource, prelude: taps });

export const INTERPOLATE_MODES = ['nearest', 'bilinear', 'bicubic'] as const;
export type InterpolateMode = (typeof INTERPOLATE_MODES)[number];

/** Height or width of the input and of the output; all below 2¹⁶. */
export interface InterpolateAxis {
  size: number;
  outSize: number;
  /** Input pixels an output pixel: size / outSize where left out. */
  ratio?: number | undefined;
}

/** x [planes, rows.size, columns.size] → y [planes, rows.outSize, columns.outSize]. */
export interface InterpolateShape {
  planes: number;
  rows: InterpolateAxis;
  columns: InterpolateAxis;
  mode: InterpolateMode;
  /** The corner pixels' centres stay where they are; else pixels are squares and the corners of the picture do. */
  alignCorners: boolean;
}

/** Input pixels an output pixel. */
export const ratioOf = ({ size, outSize, ratio = size / outSize }: InterpolateAxis): number => ratio;

/** The input pixel that output pixel o is, in `nearest`. PyTorch's rounding decides between neighbours. */
export function nearestPixel(o: number, { size, ratio }: { size: number; ratio: number }): number {
  return Math.min(Math.floor(Math.fround(o * Math.fround(ratio))), size - 1);
}

/** Where output pixel o lies: start + o · step, in input pixels; nearest takes the floor of o · step. */
function walk(axis: InterpolateAxis, { mode, alignCorners }: InterpolateShape): { start: number; step: number } {
  const { size, outSize } = axis;
  const ratio = ratioOf(axis);
  if (mode === 'nearest') return { start: 0, step: Math.fround(ratio) };
  if (alignCorners) return { start: 0, step: outSize > 1 ? (size - 1) / (outSize - 1) : 0 };
  return { start: ratio / 2 - 0.5, step: ratio };
}

/** A number as its floor and the rest in units of 2⁻³². */
function fixedPoint(value: number): [whole: number, fraction: number] {
  const whole = Math.floor(value);
  return [whole, Math.min(Math.round((value - whole) * 2 ** 32), 2 ** 32 - 1)];
}

/** One axis of a picture, with what lies before and within it. */
interface Pass {
  planes: number;
  axis: InterpolateAxis;
  inner: number;
}

/** Rows, then columns, or the reverse, whichever leaves less between them. */
function passes({ planes, rows, columns }: InterpolateShape): [Pass, Pass] {
  if (rows.outSize * columns.size <= rows.size * columns.outSize) {
    const down = { planes, axis: rows, inner: columns.size };
    return [down, { planes: planes * rows.outSize, axis: columns, inner: 1 }];
  }
  const across = { planes: planes * rows.size, axis: columns, inner: 1 };
  return [across, { planes, axis: rows, inner: columns.outSize }];
}

function sizesOf({ axis, inner }: Pass, shape: InterpolateShape): Record<string, number> {
  const { start, step } = walk(axis, shape);
  const [startWhole, startFraction] = fixedPoint(start);
  const [stepWhole, stepFraction] = fixedPoint(step);
  return {
    inner,
    size: axis.size,
    out_size: axis.outSize,
    start: startWhole,
    start_fraction: startFraction,
    step: stepWhole,
    step_fraction: stepFraction,
    rounded_step: step,
  };
}

/** Elements of a plane before and after a pass. */
function planeOf({ axis, inner }: Pass): { inputs: number; outputs: number } {
  return { inputs: axis.size * inner, outputs: axis.outSize * inner };
}

function constantsOf({ mode }: InterpolateShape) {
  return { MODE: INTERPOLATE_MODES.indexOf(mode) };
}

function resize(gpu: Gpu, shape: InterpolateShape, pass: Pass, x: GpuBuffer, y: GpuBuffer): void {
  const { inputs, outputs } = planeOf(pass);
  const tensors = { x: { buffer: x, row: inputs }, y: { buffer: y, row: outputs } };
  for (const { buffers, count } of inRows(gpu, pass.planes, tensors)) {
    gpu.dispatch(forward.with(constantsOf(shape)), {
      buffers,
      sizes: { n: count * outputs, ...sizesOf(pass, shape) },
      workgroups: linearWorkgroups(count * outputs, 64),
      work: workOn(buffers),
    });
  }
}

function resizeGradient(gpu: Gpu, shape: InterpolateShape, pass: Pass, gy: GpuBuffer, gx: GpuBuffer): void {
  const { inputs, outputs } = planeOf(pass);
  const tensors = { gy: { buffer: gy, row: outputs }, gx: { buffer: gx, row: inputs } };
  for (const { buffers, count } of inRows(gpu, pass.planes, tensors)) {
    gpu.dispatch(backward.with(constantsOf(shape)), {
      buffers,
      sizes: { n: count * inputs, ...sizesOf(pass, shape) },
      workgroups: linearWorkgroups(count * inputs, 64),
      work: workOn(buffers),
    });
  }
}

/** Memory for a picture of which one axis has its new size. */
function allocBetween(gpu: Gpu, pass: Pass): GpuBuffer {
  return gpu.alloc(4 * pass.planes * planeOf(pass).outputs, 'interpolated along one axis');
}

/** y: the picture in another size. */
export function interpolateForward(
  gpu: Gpu,
  { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: InterpolateShape },
): void {
  const [first, second] = passes(shape);
  const between = allocBetween(gpu, first);
  resize(gpu, shape, first, x, between);
  resize(gpu, shape, second, between, y);
  between.release();
}

/** gx: each output's gradient given to the pixels it was made of. */
export function interpolateBackward(
  gpu: Gpu,
  { gy, gx, shape }: { gy: GpuBuffer; gx: GpuBuffer; shape: InterpolateShape },
): void {
  const [first, second] = passes(shape);
  const between = allocBetween(gpu, first);
  resizeGradient(gpu, shape, second, gy, between);
  resizeGradient(gpu, shape, first, between, gx);
  between.release();
}

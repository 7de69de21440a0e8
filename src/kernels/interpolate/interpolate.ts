import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { inRows, workOn } from '../slices.ts';
import backwardSource from './backward.wgsl';
import forwardSource from './forward.wgsl';
import taps from './taps.wgsl';

const forward = defineKernel({ name: 'interpolate.forward', source: forwardSource, prelude: taps });
const backward = defineKernel({ name: 'interpolate.backward', source: backwardSource, prelude: taps });

const MODES = ['nearest', 'bilinear', 'bicubic'] as const;
export type InterpolateMode = (typeof MODES)[number];

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

/** Where output pixel o lies: start + o · step, in input pixels; nearest takes the floor of o · step. */
function walk(axis: InterpolateAxis, { mode, alignCorners }: InterpolateShape): { start: number; step: number } {
  const { size, outSize, ratio = size / outSize } = axis;
  if (mode === 'nearest') return { start: 0, step: Math.fround(ratio) }; // PyTorch's rounding decides between neighbours
  if (alignCorners) return { start: 0, step: outSize > 1 ? (size - 1) / (outSize - 1) : 0 };
  return { start: ratio / 2 - 0.5, step: ratio };
}

/** A number as its floor and the rest in units of 2⁻³². */
function fixedPoint(value: number): [whole: number, fraction: number] {
  const whole = Math.floor(value);
  return [whole, Math.min(Math.round((value - whole) * 2 ** 32), 2 ** 32 - 1)];
}

function axisSizes(name: 'h' | 'w', axis: InterpolateAxis, shape: InterpolateShape): Record<string, number> {
  const { start, step } = walk(axis, shape);
  const [startWhole, startFraction] = fixedPoint(start);
  const [stepWhole, stepFraction] = fixedPoint(step);
  return {
    [`start_${name}`]: startWhole,
    [`start_fraction_${name}`]: startFraction,
    [`step_${name}`]: stepWhole,
    [`step_fraction_${name}`]: stepFraction,
    [`rounded_step_${name}`]: step,
  };
}

function settings(shape: InterpolateShape) {
  const { rows, columns, mode } = shape;
  const sizes = { height: rows.size, out_height: rows.outSize, width: columns.size, out_width: columns.outSize };
  return {
    constants: { MODE: MODES.indexOf(mode) },
    sizes: { ...sizes, ...axisSizes('h', rows, shape), ...axisSizes('w', columns, shape) },
  };
}

/** Elements of a plane of the input and of the output. */
function planeOf({ rows, columns }: InterpolateShape): { inputs: number; outputs: number } {
  return { inputs: rows.size * columns.size, outputs: rows.outSize * columns.outSize };
}

/** y: the picture in another size. */
export function interpolateForward(
  gpu: Gpu,
  { x, y, shape }: { x: GpuBuffer; y: GpuBuffer; shape: InterpolateShape },
): void {
  const { inputs, outputs } = planeOf(shape);
  const { sizes, constants } = settings(shape);
  const tensors = { x: { buffer: x, row: inputs }, y: { buffer: y, row: outputs } };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(forward.with(constants), {
      buffers,
      sizes: { n: count * outputs, ...sizes },
      workgroups: linearWorkgroups(count * outputs, 64),
      work: workOn(buffers),
    });
  }
}

/** gx: each output's gradient given to the pixels it was made of. */
export function interpolateBackward(
  gpu: Gpu,
  { gy, gx, shape }: { gy: GpuBuffer; gx: GpuBuffer; shape: InterpolateShape },
): void {
  const { inputs, outputs } = planeOf(shape);
  const { sizes, constants } = settings(shape);
  const tensors = { gy: { buffer: gy, row: outputs }, gx: { buffer: gx, row: inputs } };
  for (const { buffers, count } of inRows(gpu, shape.planes, tensors)) {
    gpu.dispatch(backward.with(constants), {
      buffers,
      sizes: { n: count * inputs, ...sizes },
      workgroups: linearWorkgroups(count * inputs, 64),
      work: workOn(buffers),
    });
  }
}

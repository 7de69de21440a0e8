/** Sums along axes of buffers and repetition along them. */
import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { binaryForward, broadcast } from '../../kernels/elementwise/binary.ts';
import { fill } from '../../kernels/elementwise/fill.ts';
import type { Lines } from '../../kernels/lines/lines.ts';
import { reduceSum } from '../../kernels/reduce/sum.ts';
import { axisOf, type Shape, sizeOf } from '../shape.ts';

/** scale · gy, repeated from one shape to a larger. */
export function repeat(gpu: Gpu, gy: GpuBuffer, from: Shape, to: Shape, scale: number): GpuBuffer {
  const factor = gpu.allocNumbers(1, 'factor', gy.scalar);
  fill(gpu, { y: factor, n: 1, value: scale });
  const gx = gpu.allocNumbers(sizeOf(to), 'repeated gradient', gy.scalar);
  binaryForward(gpu, 'mul', { a: gy, b: factor, y: gx, shape: broadcast(from, [], to) });
  factor.release();
  return gx;
}

/**
 * Sums over `axes`, one run of neighbouring axes at a time from the innermost outwards; takes over `x`. Numbers are of the
 * type of `x` again only at the end.
 */
export function sumAxes(gpu: Gpu, x: GpuBuffer, shape: Shape, axes: ReadonlySet<number>, scale: number): GpuBuffer {
  const sizes = [...shape];
  const runs = runsOf(shape, axes);
  let input = x;
  runs.forEach(([start, end], i) => {
    const outer = sizeOf(sizes.slice(0, start));
    const n = sizeOf(sizes.slice(start, end));
    const inner = sizeOf(sizes.slice(end));
    const last = i === runs.length - 1;
    const y = gpu.allocNumbers(outer * inner, 'sum', last ? x.scalar : 'f32');
    reduceSum(gpu, { x: input, y, outer, n, inner, scale: last ? scale : 1 });
    input.release();
    input = y;
    sizes.fill(1, start, end);
  });
  return input;
}

/** Runs [start, end) of neighbouring summed axes, innermost first. Axes of size 1 need no sum. */
function runsOf(shape: Shape, axes: ReadonlySet<number>): [number, number][] {
  const runs: [number, number][] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!axes.has(axis) || shape[axis] === 1) continue;
    const last = runs.at(-1);
    if (last && last[0] === axis + 1) last[0] = axis;
    else runs.push([axis, axis + 1]);
  }
  return runs;
}

/** A tensor of this shape as lines along one axis; a single number is a line of one. */
export function linesAlong(name: string, shape: Shape, dim: number): Lines {
  if (shape.length === 0) {
    axisOf(name, dim, 1);
    return { outer: 1, n: 1, inner: 1 };
  }
  const axis = axisOf(name, dim, shape.length);
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis] as number, inner: sizeOf(shape.slice(axis + 1)) };
}

/** Undoes broadcasting: sums a gradient of shape `from` over the axes along which `to` was repeated; takes over `x`. */
export function sumToShape(gpu: Gpu, x: GpuBuffer, from: Shape, to: Shape): GpuBuffer {
  const extra = from.length - to.length;
  const repeated = from.flatMap((size, axis) => (axis < extra || (to[axis - extra] === 1 && size !== 1) ? [axis] : []));
  return sumAxes(gpu, x, from, new Set(repeated), 1);
}

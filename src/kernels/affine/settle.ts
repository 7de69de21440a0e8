/**
 * Output voxels whose coordinates are so close to where the result jumps that float64 rounding decides, as in SciPy: on a
 * face of a `constant` volume, and for order 0 half way between two samples. Sums of decimals such as 0.3 · 3 + 0.1 do that.
 */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import type { Problem } from './problem.ts';
import source from './settle.wgsl';
import { foldCoordinate, foldIndex } from './splines.ts';

const kernel = defineKernel({ name: 'affine.settle', source });

/** Coordinates this close are settled here; sample.wgsl takes those closer than 2⁻³⁰ to a face for inside. */
const CLOSE = 2 ** -29;
const OUTSIDE = 0xffffffff;

/** The coordinate of output voxel (line, i) along axis r, summed as SciPy does. */
function coordinate({ matrix, offset, outputShape }: Problem, r: number, line: number, i: number): number {
  const [m0 = 0, m1 = 0, m2 = 0] = matrix[r] ?? [];
  const n1 = outputShape[1];
  return Math.floor(line / n1) * m0 + (line % n1) * m1 + i * m2 + (offset[r] as number);
}

/** Voxels on a line that float64 puts outside across a face, found by solving for the last index. */
function outsideOnLine(problem: Problem, line: number): number[] {
  const [, , length] = problem.outputShape;
  const found: number[] = [];
  for (const [r, [, , m2 = 0]] of problem.matrix.entries()) {
    const last = (problem.shape[r] as number) - 1;
    const at = (i: number) => coordinate(problem, r, line, i);
    for (const face of [0, last]) {
      const isOutside = (i: number) => Math.abs(at(i) - face) < CLOSE && (at(i) < 0 || at(i) > last);
      const all = m2 === 0 && isOutside(0);
      const candidates = all ? Array(length).keys() : [Math.round((face - at(0)) / m2)];
      for (const i of candidates) if (i >= 0 && i < length && isOutside(i)) found.push(i);
    }
  }
  return found;
}

/** Place in the volume that a voxel reads with order 0. */
function nearestSample(problem: Problem, line: number, i: number): number {
  let place = 0;
  for (const [r, size] of problem.shape.entries()) {
    const folded = foldCoordinate(coordinate(problem, r, line, i), size, problem.mode);
    if (folded === null) return OUTSIDE;
    place = place * size + foldIndex(Math.floor(folded + 0.5), size, problem.mode);
  }
  return place;
}

/** Voxels on a line that read half way between two samples, with order 0. */
function tiesOnLine(problem: Problem, line: number): number[] {
  const isTie = (i: number) =>
    problem.matrix.some((_, r) => {
      const shifted = coordinate(problem, r, line, i) + 0.5;
      return Math.abs(shifted - Math.round(shifted)) < CLOSE;
    });
  return [...Array(problem.outputShape[2]).keys()].filter(isTie);
}

/** Writes the voxels of y that rounding decides. */
export function settle(gpu: Gpu, problem: Problem, x: GpuBuffer, y: GpuBuffer): void {
  const [n0, n1, n2] = problem.outputShape;
  const settled = new Map<number, number>();
  for (let line = 0; line < n0 * n1; line++) {
    if (problem.order === 0) {
      for (const i of tiesOnLine(problem, line)) settled.set(line * n2 + i, nearestSample(problem, line, i));
    }
    if (problem.mode === 'constant') {
      for (const i of outsideOnLine(problem, line)) settled.set(line * n2 + i, OUTSIDE);
    }
  }
  if (settled.size === 0) return;
  const [at, from] = [gpu.upload(Uint32Array.from(settled.keys())), gpu.upload(Uint32Array.from(settled.values()))];
  gpu.dispatch(kernel, {
    buffers: { x, at, source: from, y },
    sizes: { n: settled.size, outside: problem.cval },
    workgroups: linearWorkgroups(settled.size, 64),
  });
  at.release();
  from.release();
}

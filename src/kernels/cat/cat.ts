import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import { inRows } from '../slices.ts';
import moveSource from './move.wgsl';
import moveVec4Source from './move_vec4.wgsl';

const single = defineKernel({ name: 'cat.move', source: moveSource });
const quad = defineKernel({ name: 'cat.move_vec4', source: moveVec4Source });

/** Where one tensor's elements lie among those of the joined one. */
export interface Piece {
  /** Product of the axes before the joined one. */
  rows: number;
  /** Elements a row of the tensor itself. */
  run: number;
  /** Elements a row of the joined tensor, and those of them before this piece. */
  row: number;
  start: number;
}

function move(
  gpu: Gpu,
  x: GpuBuffer,
  y: GpuBuffer,
  rows: number,
  run: number,
  [xRow, xStart, yRow, yStart]: [number, number, number, number],
): void {
  const wide = [run, xRow, xStart, yRow, yStart].every((size) => size % 4 === 0);
  const unit = wide ? 4 : 1;
  for (const { buffers, count } of inRows(gpu, rows, { x: { buffer: x, row: xRow }, y: { buffer: y, row: yRow } })) {
    const n = (count * run) / unit;
    gpu.dispatch(wide ? quad : single, {
      buffers,
      sizes: {
        n,
        run: run / unit,
        x_row: xRow / unit,
        x_start: xStart / unit,
        y_row: yRow / unit,
        y_start: yStart / unit,
      },
      workgroups: linearWorkgroups(n, 64),
      work: { bytes: 2 * SCALAR_BYTES[x.scalar] * count * run },
    });
  }
}

/** Writes x [rows, run] into its place in y [rows, row]. */
export function catForward(gpu: Gpu, { x, y, piece }: { x: GpuBuffer; y: GpuBuffer; piece: Piece }): void {
  const { rows, run, row, start } = piece;
  move(gpu, x, y, rows, run, [run, 0, row, start]);
}

/** gx [rows, run]: the piece's part of gy [rows, row]. */
export function catBackward(gpu: Gpu, { gy, gx, piece }: { gy: GpuBuffer; gx: GpuBuffer; piece: Piece }): void {
  const { rows, run, row, start } = piece;
  move(gpu, gy, gx, rows, run, [row, start, run, 0]);
}

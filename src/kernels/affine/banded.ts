/** Applies a banded matrix (see splines.ts) along one axis of a volume on the device. */
import { type BufferView, defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import source from './banded.wgsl';
import type { BandedMatrix } from './splines.ts';

const kernel = defineKernel({ name: 'affine.banded', source });

/** Rows of the matrix that one invocation computes, and outputs along p; both as in banded.wgsl. */
const TILE_ROWS = 4;
const OCTET = 8;
const WORKGROUP = 64;

/** A matrix on the device. */
export interface DeviceMatrix {
  tiles: GpuBuffer;
  weights: GpuBuffer;
  rows: number;
  /** Rows [from, to) read the volume; those before and after lie outside it. */
  inside: Range;
  release(): void;
}

export interface Range {
  from: number;
  to: number;
}

/** Element strides of a volume seen as [p, q, axis]; negative ones run backwards from the offset. */
export interface Strides {
  offset: number;
  p: number;
  q: number;
  axis: number;
}

export interface BandedOperands {
  matrix: DeviceMatrix;
  x: GpuBuffer;
  /** `int16`: two values in a word, the first in its lower half. */
  format: 'float32' | 'int16';
  xStrides: Strides;
  y: GpuBuffer;
  yStrides: Strides;
  /** Extent of the two axes that the matrix leaves alone. */
  pSize: number;
  qSize: number;
  /** Samples along the axis that x holds, when it is only a slab of the volume; x's offset is that of the first. */
  held?: Range;
  /** Goes on from the sums that y holds. */
  accumulate?: boolean;
  /** The value of outputs outside the volume, and the ranges of p and q inside it; along the axis the matrix knows. */
  outside?: { value: number; p: Range; q: Range };
}

/** The rows that are not null: coordinates run one way, so they lie together. */
export function insideRange(matrix: BandedMatrix): Range {
  const from = matrix.findIndex((row) => row !== null);
  return from < 0 ? { from: 0, to: 0 } : { from, to: matrix.findLastIndex((row) => row !== null) + 1 };
}

/** Four rows of a matrix and the samples [first, end) that any of them reads. */
interface Tile {
  rows: BandedMatrix;
  first: number;
  end: number;
}

function tilesOf(matrix: BandedMatrix): Tile[] {
  return Array.from({ length: Math.ceil(matrix.length / TILE_ROWS) }, (_, tile) => {
    const rows = matrix.slice(tile * TILE_ROWS, (tile + 1) * TILE_ROWS);
    const used = rows.filter((row) => row !== null);
    if (used.length === 0) return { rows, first: 0, end: 0 };
    const first = Math.min(...used.map((row) => row.start));
    return { rows, first, end: Math.max(...used.map((row) => row.start + row.weights.length)) };
  });
}

export function uploadMatrix(gpu: Gpu, matrix: BandedMatrix): DeviceMatrix {
  const list = tilesOf(matrix);
  const tiles = new Uint32Array(4 * list.length);
  const weights = new Float32Array(
    TILE_ROWS *
      Math.max(
        1,
        list.reduce((sum, { first, end }) => sum + end - first, 0),
      ),
  );
  let place = 0;
  for (const [tile, { rows, first, end }] of list.entries()) {
    tiles.set([first, end, place, 0], 4 * tile);
    for (const [r, row] of rows.entries()) {
      row?.weights.forEach((weight, k) => {
        weights[TILE_ROWS * (place + row.start + k - first) + r] = weight;
      });
    }
    place += end - first;
  }
  const tileBuffer = gpu.upload(tiles, 'banded tiles');
  const weightBuffer = gpu.upload(weights, 'banded weights');
  const release = () => {
    tileBuffer.release();
    weightBuffer.release();
  };
  return { tiles: tileBuffer, weights: weightBuffer, rows: matrix.length, inside: insideRange(matrix), release };
}

/** Whether eight neighbours along p always fill whole vectors. */
function isAligned({ format, xStrides, pSize }: BandedOperands): boolean {
  const { offset, p, q, axis } = xStrides;
  const vector = format === 'int16' ? 8 : 4;
  return p === 1 && pSize % OCTET === 0 && [offset, q, axis].every((step) => step % vector === 0);
}

/** The whole of a buffer in vectors of 16 bytes; the pool's memory reaches that far. */
function inVectors(buffer: GpuBuffer): BufferView {
  return { buffer, offset: 0, bytes: Math.ceil(buffer.bytes / 16) * 16 };
}

/** y[p, q, i] = Σ_j W[i, j] · x[p, q, j], summed over rising j. */
export function applyBanded(gpu: Gpu, operands: BandedOperands): void {
  const { matrix, x, y, xStrides, yStrides, pSize, qSize, held, outside } = operands;
  const everywhere = (to: number): Range => ({ from: 0, to });
  const p = outside?.p ?? everywhere(pSize);
  const q = outside?.q ?? everywhere(qSize);
  const i = outside ? matrix.inside : everywhere(matrix.rows);
  const [lanes, more] = linearWorkgroups(Math.ceil(pSize / OCTET) * qSize, WORKGROUP);
  gpu.dispatch(
    kernel.with({
      PACKED: operands.format === 'int16' ? 1 : 0,
      ALIGNED: isAligned(operands) ? 1 : 0,
      ACCUMULATE: operands.accumulate ? 1 : 0,
    }),
    {
      buffers: { x: inVectors(x), tiles: matrix.tiles, weights: matrix.weights, y },
      sizes: {
        p_size: pSize,
        q_size: qSize,
        rows: matrix.rows,
        x_offset: xStrides.offset,
        x_p: xStrides.p,
        x_q: xStrides.q,
        x_j: xStrides.axis,
        y_offset: yStrides.offset,
        y_p: yStrides.p,
        y_q: yStrides.q,
        y_i: yStrides.axis,
        j_low: held?.from ?? 0,
        j_high: held?.to ?? 0xffffffff,
        p_from: p.from,
        p_to: p.to,
        q_from: q.from,
        q_to: q.to,
        i_from: i.from,
        i_to: i.to,
        outside: outside?.value ?? 0,
      },
      workgroups: [lanes, Math.ceil(matrix.rows / TILE_ROWS), more],
    },
  );
}

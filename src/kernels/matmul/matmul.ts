/**
 * Matrix products and the linear layer. Factors hold f32 or f16
 * alike, the product either; each sum is f32 and runs over its terms ascending in one accumulator, in runs of LONGEST terms
 * whose sums are added up in their order.
 */
import { defineKernel, type Gpu, GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { keepBusy } from '../busy.ts';
import { cast } from '../cast/cast.ts';
import { catForward } from '../cat/cat.ts';
import { type Choice, choose, sizeClasses } from '../choice.ts';
import { elementBytes } from '../slices.ts';
import { addChunks } from './add-chunks.ts';
import { line } from './lattice.ts';
import source from './matmul.wgsl';
import { chooseWay, multiply, type Product, type Way, ways } from './product.ts';
import { type Cuttable, cutOf, runsOf } from './windows.ts';

const kernel = defineKernel({ name: 'matmul', source });

/** Terms from which on one accumulator loses more than tolerances allow, where they are all alike. */
const LONGEST = 2048;

/** A product cut into tiles that go through workgroup memory; blocks are multiples of four. */
export interface WorkgroupMatmulTile {
  m: number;
  n: number;
  k: number;
  blockM: number;
  blockN: number;
}

/** How to compute a product; a `way` is for adapters that run on a CPU. Every tile gives the same bits. */
export type MatmulTile = WorkgroupMatmulTile | { way: Way };

const WORKGROUP_TILES: Record<'large' | 'even' | 'small', WorkgroupMatmulTile> = {
  large: { m: 64, n: 64, k: 16, blockM: 8, blockN: 4 },
  even: { m: 64, n: 64, k: 16, blockM: 4, blockN: 4 },
  small: { m: 32, n: 32, k: 32, blockM: 4, blockN: 4 },
};

/** Tiles worth choosing from on an adapter, by name. */
export const matmulTiles = (gpu: Gpu): Record<string, MatmulTile> => ({
  ...WORKGROUP_TILES,
  ...Object.fromEntries(ways(gpu).map((way) => [way, { way }])),
});

interface Extent {
  batch: number;
  rows: number;
  columns: number;
}

export const MATMUL_CHOICE: Choice<MatmulTile, Extent> = {
  operation: 'matmul',
  ways: matmulTiles,
  candidates: (gpu) => (gpu.info.kind === 'hardware' ? Object.keys(WORKGROUP_TILES) : ways(gpu)),
  shapes: ({ batch, rows, columns }) => sizeClasses({ rows, columns, batch }),
  usual(gpu, { batch, rows, columns }) {
    if (gpu.info.kind !== 'hardware') return chooseWay(gpu);
    const { m, n } = WORKGROUP_TILES.large;
    const workgroups = Math.ceil(rows / m) * Math.ceil(columns / n) * batch;
    return keepBusy(gpu, workgroups) && rows > 32 ? 'large' : 'small';
  },
};

/**
 * left: [batch, rows, depth], or [batch, depth, rows] where transposed; right: [batch, depth, columns], or [batch, columns,
 * depth] where transposed; with `shareLeft` or `shareRight` the same matrix for all of the batch. Pitches are the elements
 * from one row of a matrix to the next, its length where left out. bias: [columns], added to every row. y: [batch, rows,
 * columns], overwritten, or added to with `accumulate`.
 */
export interface Matmul extends Cuttable {
  /** Takes the place of the choice by shape. */
  tile?: MatmulTile | undefined;
}

/**
 * y = left · right (+ bias), for each of `batch` pairs of matrices. A depth of 0 gives zeros. Tensors beyond the binding
 * limit are taken in parts.
 */
export function matmul(gpu: Gpu, options: Matmul): void {
  const { batch = 1, rows, depth, columns } = options;
  for (const [name, value] of Object.entries({ batch, rows, depth, columns })) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new UserError(`matmul: ${name} is ${value}; it must be a whole number of at least 0`);
  }
  if (batch * rows * columns === 0) return;
  if (inParts(gpu, options) || inRuns(gpu, options)) return;
  const tile = options.tile ?? choose(gpu, MATMUL_CHOICE, { batch, rows, columns });
  const { leftPitch = options.transposeLeft ? rows : depth, rightPitch = options.transposeRight ? depth : columns } =
    options;
  const strides = {
    leftFirst: options.leftFirst ?? 0,
    leftBatch: options.shareLeft ? 0 : rows * depth,
    leftRow: options.transposeLeft ? 1 : leftPitch,
    leftColumn: options.transposeLeft ? leftPitch : 1,
    rightFirst: options.rightFirst ?? 0,
    rightBatch: options.shareRight ? 0 : depth * columns,
    rightRow: options.transposeRight ? 1 : rightPitch,
    rightColumn: options.transposeRight ? rightPitch : 1,
  };
  if ('way' in tile) withoutTiles(gpu, options, strides, tile.way);
  else tiled(gpu, options, strides, tile);
}

/** Takes a product in parts where its tensors are too large to be bound; returns whether it did. */
function inParts(gpu: Gpu, options: Matmul): boolean {
  const { y, rows, columns, accumulate } = options;
  const cut = cutOf(options, gpu.bindingBytes);
  if (!cut) return false;
  for (const { first, product } of cut.parts) {
    if (cut.along !== 'columns') {
      matmul(gpu, product);
      continue;
    }
    if (!(y instanceof GpuBuffer) || accumulate)
      throw new UserError(
        `matmul: columns of a factor of ${options.right.bytes} bytes, more than the ${gpu.bindingBytes} that are bound at once, can be neither added to nor written to a part of a tensor; use smaller matrices`,
      );
    const part = gpu.allocNumbers(rows * product.columns, 'columns of a product', y.scalar);
    matmul(gpu, { ...product, y: part });
    catForward(gpu, { x: part, y, piece: { rows, run: product.columns, row: columns, start: first } });
    part.release();
  }
  return true;
}

/** Takes the sums of one pair of matrices in runs where they are long; returns whether it did. */
function inRuns(gpu: Gpu, options: Matmul): boolean {
  const { y, batch = 1, rows, depth, columns, accumulate } = options;
  if (batch > 1 || depth <= LONGEST) return false;
  if (elementBytes(y) === 4) {
    for (const { product } of runsOf(options, LONGEST)?.parts ?? []) matmul(gpu, product);
    return true;
  }
  if (!(y instanceof GpuBuffer) || accumulate) return false;
  const n = rows * columns;
  const whole = gpu.allocNumbers(n, 'product of long sums', 'f32');
  matmul(gpu, { ...options, y: whole });
  cast(gpu, { x: whole, y, n });
  whole.release();
  return true;
}

type Strides = Record<
  'leftFirst' | 'leftBatch' | 'leftRow' | 'leftColumn' | 'rightFirst' | 'rightBatch' | 'rightRow' | 'rightColumn',
  number
>;

function withoutTiles(
  gpu: Gpu,
  { left, right, bias, y, batch = 1, rows, depth, columns, accumulate }: Matmul,
  at: Strides,
  way: Way,
): void {
  const n = batch * rows * columns;
  const apart = accumulate ? gpu.alloc(4 * n, 'matmul product') : null;
  const factors: Product = {
    name: 'matmul',
    a: left,
    b: right,
    bias,
    y: apart ?? y,
    rows: line(rows, at.leftRow, columns, at.leftFirst),
    columns: line(columns, at.rightColumn, 1, at.rightFirst),
    terms: line(depth, at.leftColumn, at.rightRow),
    groups: batch,
    aGroup: at.leftBatch,
    bGroup: at.rightBatch,
    yGroup: rows * columns,
    biasStride: { row: 0, column: 1, group: 0 },
  };
  multiply(gpu, factors, way);
  if (!apart) return;
  addChunks(gpu, { partial: apart, total: y, n, chunks: 1, accumulate: true });
  apart.release();
}

function tiled(
  gpu: Gpu,
  { left, right, bias, y, batch = 1, rows, depth, columns, accumulate }: Matmul,
  at: Strides,
  tile: WorkgroupMatmulTile,
): void {
  const sums = batch * rows * columns;
  const tiles = Math.ceil(rows / tile.m) * Math.ceil(columns / tile.n) * batch;
  gpu.dispatch(
    kernel.with({
      TILE_M: tile.m,
      TILE_N: tile.n,
      TILE_K: tile.k,
      BLOCK_M: tile.blockM,
      BLOCK_N: tile.blockN,
      HAS_BIAS: bias ? 1 : 0,
      ACCUMULATE: accumulate ? 1 : 0,
    }),
    {
      buffers: { left, right, bias: bias ?? right, y },
      sizes: {
        batch,
        rows,
        columns,
        depth,
        left_first: at.leftFirst,
        left_batch: at.leftBatch,
        left_row: at.leftRow,
        left_column: at.leftColumn,
        right_first: at.rightFirst,
        right_batch: at.rightBatch,
        right_row: at.rightRow,
        right_column: at.rightColumn,
      },
      workgroups: linearWorkgroups(tiles, 1),
      work: { flops: 2 * sums * depth, bytes: left.bytes + right.bytes + 4 * sums },
    },
  );
}

export interface LinearShape {
  batch: number;
  inFeatures: number;
  outFeatures: number;
}

/** y[batch, out] = x[batch, in] · weight[out, in]ᵀ + bias[out]. */
export function linearForward(
  gpu: Gpu,
  {
    x,
    weight,
    bias,
    y,
    shape,
  }: { x: GpuBuffer; weight: GpuBuffer; bias?: GpuBuffer | undefined; y: GpuBuffer; shape: LinearShape },
): void {
  const { batch: rows, inFeatures: depth, outFeatures: columns } = shape;
  matmul(gpu, { left: x, right: weight, transposeRight: true, bias, y, rows, depth, columns });
}

/** gx[batch, in] = gy[batch, out] · weight[out, in]. */
export function linearInputGradient(
  gpu: Gpu,
  { gy, weight, gx, shape }: { gy: GpuBuffer; weight: GpuBuffer; gx: GpuBuffer; shape: LinearShape },
): void {
  const { batch: rows, inFeatures: columns, outFeatures: depth } = shape;
  matmul(gpu, { left: gy, right: weight, y: gx, rows, depth, columns });
}

/** gweight[out, in] = gy[batch, out]ᵀ · x[batch, in]; zero for an empty batch. The bias takes `biasGradient` of conv2d. */
export function linearWeightGradient(
  gpu: Gpu,
  {
    x,
    gy,
    gweight,
    shape,
    accumulate = false,
  }: { x: GpuBuffer; gy: GpuBuffer; gweight: GpuBuffer; shape: LinearShape; accumulate?: boolean },
): void {
  const { batch: depth, inFeatures: columns, outFeatures: rows } = shape;
  matmul(gpu, { left: gy, transposeLeft: true, right: x, y: gweight, rows, depth, columns, accumulate });
}

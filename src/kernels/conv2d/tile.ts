import type { Gpu } from '../../gpu/index.ts';
import { chooseWay, type Way, ways } from '../matmul/product.ts';

/** A pass cut into tiles that go through workgroup memory (tiled.wgsl, weight-gradient.wgsl). */
export interface WorkgroupTile {
  /** Outputs, pixels (or taps) of a workgroup, and terms of the sum it brings in at once. */
  m: number;
  n: number;
  k: number;
  /** Outputs and pixels of one invocation. */
  blockM: number;
  blockN: number;
}

/** A pass as one product without workgroup memory (../matmul/product.ts). */
export interface ProductTile {
  way: Way;
}

/** One way to compute a pass. Every tile gives the same bits; it only changes the time. */
export type Tile = WorkgroupTile | ProductTile;

export const isProduct = (tile: Tile): tile is ProductTile => 'way' in tile;

/** What takes the place of choices by shape and adapter, for tuning and for tests. */
export interface Forced {
  tile?: Tile | undefined;
  /** Bytes of a tensor from which a batch is cut. */
  sliceBytes?: number;
}

const LARGE: WorkgroupTile = { m: 64, n: 64, k: 16, blockM: 8, blockN: 4 };
const MIDDLE: WorkgroupTile = { m: 32, n: 32, k: 16, blockM: 4, blockN: 4 };
const FEW_OUTPUTS: WorkgroupTile = { m: 4, n: 64, k: 16, blockM: 4, blockN: 1 };

/** Tiles worth choosing from on an adapter. */
export const tiles = (gpu: Gpu): Tile[] => [LARGE, MIDDLE, FEW_OUTPUTS, ...ways(gpu).map((way) => ({ way }))];

/** Sums of one pass as a matrix: `m` × `n`, `count` times (groups, chunks). */
export interface Extent {
  m: number;
  n: number;
  count: number;
}

/** Workgroups that keep a device busy. */
const BUSY = 256;

export function tileCount({ m, n, count }: Extent, tile: WorkgroupTile): number {
  return Math.ceil(m / tile.m) * Math.ceil(n / tile.n) * count;
}

/**
 * The tile for a pass. Adapters that run on a CPU do without workgroup memory; on hardware large tiles read less, and small ones keep a device
 * busy that small pictures would leave idle.
 */
export function chooseTile(gpu: Gpu, extent: Extent): Tile {
  if (gpu.info.kind !== 'hardware') return { way: chooseWay(gpu) };
  if (extent.m <= 8) return FEW_OUTPUTS;
  return tileCount(extent, LARGE) >= BUSY && extent.m > 32 ? LARGE : MIDDLE;
}

export const tileConstants = ({ m, n, k, blockM, blockN }: WorkgroupTile) => ({
  TILE_M: m,
  TILE_N: n,
  TILE_K: k,
  BLOCK_M: blockM,
  BLOCK_N: blockN,
});

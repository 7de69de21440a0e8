import type { AdapterKind } from '../../gpu/index.ts';

/** One way to cut a pass into workgroups and registers. Every tile gives the same bits; it only changes the time. */
export interface Tile {
  /** Outputs, pixels (or taps) of a workgroup, and terms of the sum it brings in at once. */
  m: number;
  n: number;
  k: number;
  /** Outputs and pixels of one invocation. */
  blockM: number;
  blockN: number;
}

const LARGE: Tile = { m: 64, n: 64, k: 16, blockM: 8, blockN: 4 };
const MIDDLE: Tile = { m: 32, n: 32, k: 16, blockM: 4, blockN: 4 };
const FEW_OUTPUTS: Tile = { m: 4, n: 64, k: 16, blockM: 4, blockN: 1 };

/** Tiles worth choosing from. */
export const TILES: readonly Tile[] = [LARGE, MIDDLE, FEW_OUTPUTS];

/** Sums of one pass as a matrix: `m` × `n`, `count` times (groups, chunks). */
export interface Extent {
  m: number;
  n: number;
  count: number;
}

/** Workgroups that keep a device busy. */
const BUSY = 256;

export function tileCount({ m, n, count }: Extent, tile: Tile): number {
  return Math.ceil(m / tile.m) * Math.ceil(n / tile.n) * count;
}

/** The tile for a pass: large ones read less, small ones keep a device busy that small pictures would leave idle. */
export function chooseTile(extent: Extent, _kind: AdapterKind): Tile {
  if (extent.m <= 8) return FEW_OUTPUTS;
  return tileCount(extent, LARGE) >= BUSY && extent.m > 32 ? LARGE : MIDDLE;
}

export const tileConstants = ({ m, n, k, blockM, blockN }: Tile) => ({
  TILE_M: m,
  TILE_N: n,
  TILE_K: k,
  BLOCK_M: blockM,
  BLOCK_N: blockN,
});

import type { Gpu } from '../../gpu/index.ts';
import { keepBusy } from '../busy.ts';
import { type Choice, choose, sizeClasses } from '../choice.ts';
import { chooseWay, type Way, ways } from '../matmul/product.ts';

/** A pass cut into tiles that go through workgroup memory (tiled.wgsl, weight-gradient.wgsl). */
export interface WorkgroupTile {
  /** Outputs, pixels (or taps) of a workgroup, and terms of the sum it brings in at once. */
  m: number;
  n: number;
  k: number;
  /** Outputs and pixels (or taps) of one invocation, multiples of four. */
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
  /** Direct sums by this tile, also where Winograd would be chosen. */
  tile?: Tile | undefined;
  /** Bytes of a tensor from which a batch is cut. */
  sliceBytes?: number;
}

const WORKGROUP_TILES: Record<'large' | 'even' | 'wide' | 'middle' | 'few_outputs', WorkgroupTile> = {
  large: { m: 64, n: 64, k: 16, blockM: 8, blockN: 4 },
  even: { m: 64, n: 64, k: 16, blockM: 4, blockN: 4 },
  wide: { m: 32, n: 64, k: 16, blockM: 4, blockN: 4 },
  middle: { m: 32, n: 32, k: 16, blockM: 4, blockN: 4 },
  few_outputs: { m: 4, n: 256, k: 8, blockM: 4, blockN: 4 },
};

/** Tiles worth choosing from on an adapter, by name. */
export const tiles = (gpu: Gpu): Record<string, Tile> => ({
  ...WORKGROUP_TILES,
  ...Object.fromEntries(ways(gpu).map((way) => [way, { way }])),
});

/** Sums of one pass as a matrix: `m` × `n`, `count` times (groups, chunks). */
export interface Extent {
  m: number;
  n: number;
  count: number;
}

export function tileCount({ m, n, count }: Extent, tile: WorkgroupTile): number {
  return Math.ceil(m / tile.m) * Math.ceil(n / tile.n) * count;
}

/** Times the workgroups that leave nothing idle, with which larger tiles are worth it. */
const DEEP = 3;

/**
 * Adapters that run on a CPU do without workgroup memory; on hardware larger tiles read less, and smaller ones keep a device
 * busy that small pictures would leave idle. As it was best on an H100.
 */
function usualTile(gpu: Gpu, extent: Extent): string {
  if (gpu.info.kind !== 'hardware') return chooseWay(gpu);
  if (extent.m <= 8) return 'few_outputs';
  if (extent.m <= 32) return 'wide';
  return keepBusy(gpu, tileCount(extent, WORKGROUP_TILES.even) / DEEP) ? 'even' : 'wide';
}

export type Pass = 'forward' | 'inputGradient' | 'weightGradient';

const choiceFor = (pass: Pass): Choice<Tile, Extent> => ({
  operation: `conv2d.${pass}`,
  ways: tiles,
  candidates: (gpu) => (gpu.info.kind === 'hardware' ? Object.keys(WORKGROUP_TILES) : ways(gpu)),
  shapes: ({ m, n, count }) => sizeClasses({ m, n, count }),
  usual: usualTile,
});

export const TILE_CHOICES: Readonly<Record<Pass, Choice<Tile, Extent>>> = {
  forward: choiceFor('forward'),
  inputGradient: choiceFor('inputGradient'),
  weightGradient: choiceFor('weightGradient'),
};

/** The tile for a pass. */
export function chooseTile(gpu: Gpu, pass: Pass, extent: Extent): Tile {
  return choose(gpu, TILE_CHOICES[pass], extent);
}

export const tileConstants = ({ m, n, k, blockM, blockN }: WorkgroupTile) => ({
  TILE_M: m,
  TILE_N: n,
  TILE_K: k,
  BLOCK_M: blockM,
  BLOCK_N: blockN,
});

/** How panel-tiled.wgsl cuts products into workgroups. */
import { keepBusy } from '../busy.ts';
import { type Choice, sizeClasses } from '../choice.ts';
import { inPanels, PANEL, resultStep } from './panel-layout.ts';

/** Panels of rows and of columns that a workgroup of panel-tiled.wgsl computes, and whether it does all of a sum. */
export interface PanelTile {
  rows: number;
  columns: number;
  /** Runs of 64 terms go to workgroups of their own and are added up afterwards, in the same order. */
  split: boolean;
}

/** By name; every one gives the same bits. */
export const PANEL_TILES = {
  small: { rows: 1, columns: 1, split: false },
  high: { rows: 2, columns: 1, split: false },
  large: { rows: 2, columns: 2, split: false },
  split: { rows: 2, columns: 1, split: true },
} satisfies Record<string, PanelTile>;

/** So many products of [rows, terms] and [columns, terms]. */
export interface Extent {
  products: number;
  rows: number;
  columns: number;
  terms: number;
}

/** Numbers of all runs' sums from which they are not kept apart: their memory and its traffic cost more than they give. */
export const MOST_PARTIAL = 2 ** 23;
/** Times the workgroups that leave nothing idle, with which sums need not be split. */
const DEEP = 4;
/** Terms whose sum is a run. */
const RUN = 64;

export const runsOf = ({ terms }: Extent): number => Math.ceil(terms / RUN);
export const partialLength = (extent: Extent): number =>
  runsOf(extent) * extent.products * resultStep(extent.rows, extent.columns);

export const PANEL_TILE_CHOICE: Choice<PanelTile, Extent> = {
  operation: 'product.panels',
  ways: () => PANEL_TILES,
  candidates: () => Object.keys(PANEL_TILES),
  shapes: ({ products, rows, columns, terms }) => sizeClasses({ products, rows, columns, terms }),
  usual(gpu, extent) {
    if (keepBusy(gpu, tileCount(extent, PANEL_TILES.high) / DEEP)) return 'high';
    return runsOf(extent) > 1 ? 'split' : 'high';
  },
};

/** Workgroups for all products, of one run or all. */
export function tileCount({ products, rows, columns }: Extent, tile: PanelTile): number {
  return products * Math.ceil(inPanels(rows) / PANEL / tile.rows) * Math.ceil(inPanels(columns) / PANEL / tile.columns);
}

/**
 * Products whose factors were packed for them: many products of the same size, each of rows and columns that share their
 * terms. Who makes the factors anyway (a transform, a gathering of patches) writes them so, and the product finds all that
 * it needs side by side.
 *
 * Packed, the rows of a product lie in panels of 32: [product, panel, quad, row of the panel, term of the quad], a quad
 * being four terms, whose number is even. Terms beyond the last are zero, in all rows; rows beyond the last hold anything. Columns are packed the
 * same way. Between two products there is a gap.
 */
import {
  defineKernel,
  type Gpu,
  type GpuBuffer,
  type GpuTexels,
  type Kernel,
  linearWorkgroups,
} from '../../gpu/index.ts';
import { keepBusy } from '../busy.ts';
import { type Choice, choose, sizeClasses } from '../choice.ts';
import type { Operand } from '../slices.ts';
import { addChunks } from './add-chunks.ts';
import { packTexels, viewOf } from './pack-texels.ts';
import fourSource from './panel-four.wgsl';
import plainRows from './panel-rows-plain.wgsl';
import sharedRows from './panel-rows-shared.wgsl';
import texelsSource from './panel-texels.wgsl';
import tiledSource from './panel-tiled.wgsl';

/** Rows, or columns, of a panel. */
const PANEL = 32;
/** Rows of a workgroup that is not tiled; its columns are a panel. */
const ROWS = 16;

/**
 * How a product is computed: by workgroups of eight invocations that share rows from a texture, of four that share rows from
 * a buffer, of four that do not (plain), or through workgroup memory (tiled).
 */
export type Packing = 'texels' | 'four' | 'plain' | 'tiled';

const name = 'product.panels';
const kernels = {
  texels: defineKernel({ name, source: texelsSource, enable: ['subgroups'] }),
  four: defineKernel({ name, source: fourSource, prelude: sharedRows, enable: ['subgroups'] }),
  plain: defineKernel({ name, source: fourSource, prelude: plainRows }),
  tiled: defineKernel({ name, source: tiledSource }),
} satisfies Record<Packing, Kernel>;

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

type Extent = Pick<PanelProduct, 'products' | 'rows' | 'columns' | 'terms'>;

/** Numbers of all runs' sums from which they are not kept apart: their memory and its traffic cost more than they give. */
const MOST_PARTIAL = 2 ** 23;
/** Terms whose sum is a run. */
const RUN = 64;

const runsOf = ({ terms }: Extent): number => Math.ceil(terms / RUN);
const partialLength = (extent: Extent): number =>
  runsOf(extent) * extent.products * resultStep(extent.rows, extent.columns);

export const PANEL_TILE_CHOICE: Choice<PanelTile, Extent> = {
  operation: 'product.panels',
  ways: () => PANEL_TILES,
  candidates: () => Object.keys(PANEL_TILES),
  shapes: ({ products, rows, columns, terms }) => sizeClasses({ products, rows, columns, terms }),
  usual(gpu, extent) {
    if (keepBusy(gpu, tileCount(extent, PANEL_TILES.high) / 4)) return 'high';
    return runsOf(extent) > 1 ? 'split' : 'high';
  },
};

function tileCount({ products, rows, columns }: Extent, tile: PanelTile): number {
  return products * Math.ceil(inPanels(rows) / PANEL / tile.rows) * Math.ceil(inPanels(columns) / PANEL / tile.columns);
}

/** The packing that suits an adapter. */
export function choosePacking(gpu: Gpu): Packing {
  return packings(gpu)[0] as Packing;
}

/** Invocations that panel-texels.wgsl and panel-rows-shared.wgsl take to be in one subgroup. */
const TEXELS_LANES = 8;
const FOUR_LANES = 4;

/** What an adapter can use, best first; each gives the same bits. */
export function packings({ info, features }: Pick<Gpu, 'info' | 'features'>): Packing[] {
  if (info.kind === 'hardware') return ['tiled', 'plain'];
  if (!features.has('subgroups') || info.subgroupSize < FOUR_LANES) return ['plain', 'tiled'];
  const four: Packing[] = ['four', 'plain', 'tiled'];
  return info.kind === 'lavapipe' && info.subgroupSize >= TEXELS_LANES ? ['texels', ...four] : four;
}

/** Numbers between two products, so that not all of them fall on the same lines of a cache. */
const GAP = 32;

/** Rows rounded up to whole panels. */
export const inPanels = (rows: number): number => Math.ceil(rows / PANEL) * PANEL;
/** Quads of a row, an even number. */
export const quads = (terms: number): number => 2 * Math.ceil(terms / 8);
/** Numbers of one product's rows, packed. */
export const packedLength = (rows: number, terms: number): number => inPanels(rows) * quads(terms) * 4;
/** How far the packed rows of two products, and their results, lie apart. */
export const packedStep = (rows: number, terms: number): number => packedLength(rows, terms) + GAP;
export const resultStep = (rows: number, columns: number): number => inPanels(rows) * inPanels(columns) + GAP;

/** A factor of many products to be packed. */
export interface PanelPacking {
  products: number;
  rows: number;
  terms: number;
  label: string;
  /** Queues what writes the packed rows, `packedStep` apart. */
  write(packed: Operand): void;
}

/** A packed factor where the product finds it, from texel `first` on where it lies in a texture. */
export interface Factor {
  data: GpuBuffer | GpuTexels;
  first: number;
}

/** Packs factors that are needed together for the products that will use them. */
export function packPanels<Packings extends readonly PanelPacking[]>(
  gpu: Gpu,
  packing: Packing,
  packings: Packings,
): { factors: { [factor in keyof Packings]: Factor }; release(): void } {
  const { places, release } = packing === 'texels' ? inTexture(gpu, packings) : inBuffers(gpu, packings);
  return { factors: places as { [factor in keyof Packings]: Factor }, release };
}

const lengthOf = ({ products, rows, terms }: PanelPacking): number => products * packedStep(rows, terms);

function inTexture(gpu: Gpu, packings: readonly PanelPacking[]) {
  const counts = packings.map((each) => lengthOf(each) / 4);
  const { places, release } = packTexels(gpu, 'packed panels', counts, (buffer, parts) => {
    for (const { part, first } of parts) packings[part]?.write(viewOf(buffer, first, counts[part] as number));
  });
  return { places: places.map(({ texels: data, first }) => ({ data, first })), release };
}

function inBuffers(gpu: Gpu, packings: readonly PanelPacking[]) {
  const buffers = packings.map((each) => gpu.alloc(4 * lengthOf(each), each.label));
  packings.forEach(({ write }, i) => {
    write(buffers[i] as GpuBuffer);
  });
  return {
    places: buffers.map((data) => ({ data, first: 0 })),
    release() {
      for (const buffer of buffers) buffer.release();
    },
  };
}

export interface PanelProduct {
  /** Rows and columns, made for `packing`. */
  a: Factor;
  b: Factor;
  /** [products, columns, rows], both rounded up to whole panels, `resultStep` apart; overwritten, f32. */
  y: GpuBuffer;
  products: number;
  rows: number;
  columns: number;
  terms: number;
  packing: Packing;
}

/** y[product, column, row] = Σ a · b over the terms. */
export function panelProduct(gpu: Gpu, product: PanelProduct): void {
  if (product.packing === 'tiled') tiledProduct(gpu, product, choose(gpu, PANEL_TILE_CHOICE, product));
  else wholeProduct(gpu, product, product.packing);
}

const workOf = ({ products, rows, columns, terms }: PanelProduct) => ({ flops: 2 * products * rows * columns * terms });

function wholeProduct(gpu: Gpu, product: PanelProduct, packing: Exclude<Packing, 'tiled'>): void {
  const { a, b, y, products, rows, columns, terms } = product;
  const row_blocks = Math.ceil(rows / ROWS);
  const column_panels = inPanels(columns) / PANEL;
  gpu.dispatch(kernels[packing], {
    buffers: { a: a.data, b: b.data, y },
    sizes: {
      row_blocks,
      row_panels: inPanels(rows) / PANEL,
      column_panels,
      quads: quads(terms),
      products,
      ...(packing === 'texels' && { first_a: a.first, first_b: b.first }),
    },
    workgroups: linearWorkgroups(products * row_blocks * column_panels, 1),
    work: workOf(product),
  });
}

function tiledProduct(gpu: Gpu, product: PanelProduct, tile: PanelTile): void {
  const { a, b, y, products, rows, columns, terms } = product;
  const parts = tile.split && partialLength(product) <= MOST_PARTIAL ? runsOf(product) : 1;
  const partial = parts > 1 ? gpu.alloc(4 * partialLength(product), 'sums of runs') : y.retain();
  gpu.dispatch(kernels.tiled.with({ ROW_PANELS: tile.rows, COLUMN_PANELS: tile.columns }), {
    buffers: { a: a.data, b: b.data, y: partial },
    sizes: {
      row_panels: inPanels(rows) / PANEL,
      column_panels: inPanels(columns) / PANEL,
      quads: quads(terms),
      products,
      parts,
    },
    workgroups: linearWorkgroups(parts * tileCount(product, tile), 1),
    work: workOf(product),
  });
  if (parts > 1) {
    const n = products * resultStep(rows, columns);
    addChunks(gpu, { partial, total: y, n, chunks: parts, accumulate: false });
  }
  partial.release();
}

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
import { choose } from '../choice.ts';
import type { Operand } from '../slices.ts';
import { addChunks } from './add-chunks.ts';
import { packTexels, viewOf } from './pack-texels.ts';
import fourSource from './panel-four.wgsl';
import { inPanels, PANEL, packedStep, quads, resultStep } from './panel-layout.ts';
import plainRows from './panel-rows-plain.wgsl';
import sharedRows from './panel-rows-shared.wgsl';
import texelsSource from './panel-texels.wgsl';
import { MOST_PARTIAL, PANEL_TILE_CHOICE, type PanelTile, partialLength, runsOf, tileCount } from './panel-tile.ts';
import tiledSource from './panel-tiled.wgsl';

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

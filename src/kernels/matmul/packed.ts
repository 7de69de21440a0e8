import { type BufferView, defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { type Lattice, type Lattices, line, offsetTables } from './lattice.ts';
import packSource from './pack.wgsl';
import { packTexels, type TexelPart, type TexelPlace, viewOf } from './pack-texels.ts';
import packedSource from './packed.wgsl';
import type { Product } from './product.ts';

const packKernel = defineKernel({ name: 'product.pack', source: packSource });

/** Rows, and columns, of a workgroup. */
const SIDE = 32;

/** What a packed factor takes: texels, and one of zeros behind them. */
export interface FactorSize {
  /** Texels before the one of zeros. */
  count: number;
  /** How far the texels of two groups lie apart. */
  group: number;
}

/** A packed factor. */
export type Packed = FactorSize & TexelPlace;

/** Packs the factors of one product, or of products that share some; `write` as in `packTexels`. */
export function packFactors<Sizes extends readonly FactorSize[]>(
  gpu: Gpu,
  sizes: Sizes,
  write: (buffer: GpuBuffer, parts: readonly TexelPart[]) => void,
): { factors: { [factor in keyof Sizes]: Packed }; release(): void } {
  const counts = sizes.map(({ count }) => count + 1);
  const { places, release } = packTexels(gpu, 'packed factors', counts, write);
  const factors = sizes.map(({ count, group }, i): Packed => ({ count, group, ...(places[i] as TexelPlace) }));
  return { factors: factors as { [factor in keyof Sizes]: Packed }, release };
}

/** A product of packed factors; its tables count texels. See packed.wgsl. */
export interface PackedFactors extends Lattices {
  name: string;
  a: Packed;
  b: Packed;
  bias?: GpuBuffer | BufferView | undefined;
  y: GpuBuffer | BufferView;
  groups: number;
  yGroup: number;
  /** Sums split into parts of so many entries of the table of terms, written `yChunk` apart. */
  chunks: number;
  chunkTerms: number;
  yChunk: number;
  biasStride?: { row: number; column: number; group: number } | undefined;
  /** Texels that hold one term of four neighbours, which lie so far apart in y; else four terms of one. */
  across?: { rowStep: number; columnStep: number };
  flops: number;
}

const kernels = new Map<string, ReturnType<typeof defineKernel>>();

function kernelFor(name: string, across: boolean) {
  let kernel = kernels.get(name);
  if (!kernel) kernels.set(name, (kernel = defineKernel({ name, source: packedSource, enable: ['subgroups'] })));
  return kernel.with({ ACROSS: across ? 1 : 0 });
}

/** Computes the product of packed factors; y is overwritten. */
export function multiplyPacked(gpu: Gpu, product: PackedFactors): void {
  const { a, b, bias, y, rows, columns, terms, groups, chunks, across, flops } = product;
  const offsets = offsetTables(gpu, product);
  const places = across ? SIDE / 4 : SIDE;
  const tiles = Math.ceil(rows.count / places) * Math.ceil(columns.count / places) * groups * chunks;
  const biasStride = product.biasStride ?? { row: 0, column: 0, group: 0 };
  gpu.dispatch(kernelFor(product.name, across !== undefined), {
    buffers: { a: a.texels, b: b.texels, bias: bias ?? offsets, offsets, y },
    sizes: {
      rows: rows.count,
      columns: columns.count,
      terms: terms.count,
      chunk_terms: product.chunkTerms,
      groups,
      chunks,
      first_a: a.first,
      first_b: b.first,
      a_group: a.group,
      b_group: b.group,
      y_group: product.yGroup,
      y_chunk: product.yChunk,
      row_step: across?.rowStep ?? 0,
      column_step: across?.columnStep ?? 0,
      zero_a: a.first + a.count,
      zero_b: b.first + b.count,
      has_bias: bias ? 1 : 0,
      bias_row: biasStride.row,
      bias_column: biasStride.column,
      bias_group: biasStride.group,
    },
    workgroups: linearWorkgroups(tiles, 1),
    work: { flops, bytes: 16 * (a.count + b.count) + y.bytes },
  });
}

/** Whether an adapter's textures hold a product's packed factors. */
export function packable(
  gpu: Gpu,
  { rows, columns, terms, groups = 1, chunks = 1, chunkTerms = terms.count }: Product,
) {
  const count = groups * chunks * Math.ceil(chunkTerms / 4) * Math.max(rows.count, columns.count);
  return count < gpu.mostTexels;
}

/** Packs both factors by their tables, four terms a texel, and multiplies. */
export function packedProduct(gpu: Gpu, product: Product): void {
  const { rows, columns, terms, groups = 1, chunks = 1, chunkTerms = terms.count } = product;
  const quads = Math.ceil(chunkTerms / 4);
  const tables = offsetTables(gpu, product);
  const sizes = ([rows, columns] as const).map(({ count: places }) => {
    const group = chunks * quads * places;
    return { count: groups * group, group };
  }) as [FactorSize, FactorSize];
  const { factors, release } = packFactors(gpu, sizes, (buffer, parts) => {
    for (const { part, first } of parts) {
      const { count } = sizes[part] as FactorSize;
      const places = (part === 0 ? rows : columns).count;
      gpu.dispatch(packKernel.with({ SIDE: part }), {
        buffers: { x: part === 0 ? product.a : product.b, offsets: tables, packed: viewOf(buffer, first, count + 1) },
        sizes: {
          places,
          first: part === 0 ? 0 : rows.count,
          table: rows.count + columns.count,
          terms: terms.count,
          chunk_terms: chunkTerms,
          quads,
          chunks,
          groups,
          x_group: (part === 0 ? product.aGroup : product.bGroup) ?? 0,
        },
        // One more, for the texel of zeros.
        workgroups: linearWorkgroups(Math.ceil(places / 8) * groups * chunks + 1, 1),
        work: { bytes: 32 * count },
      });
    }
  });
  multiplyPacked(gpu, {
    name: product.name,
    a: factors[0],
    b: factors[1],
    bias: product.bias,
    y: product.y,
    rows: numbered(rows),
    columns: numbered(columns),
    terms: line(chunks * quads, rows.count, columns.count),
    groups,
    yGroup: product.yGroup ?? 0,
    chunks,
    chunkTerms: quads,
    yChunk: product.yChunk ?? 0,
    biasStride: product.biasStride,
    flops: 2 * groups * rows.count * columns.count * terms.count,
  });
  release();
}

/** A table whose index leads to itself in the factor. */
const numbered = (lattice: Lattice): Lattice => ({
  ...lattice,
  u: [lattice.middle * lattice.inner, lattice.inner, 1, 0],
});

import { defineKernel, type Gpu, type Kernel, linearWorkgroups } from '../../gpu/index.ts';
import gatheredSource from './gathered-four.wgsl';
import { offsetTables } from './lattice.ts';
import type { Product } from './product.ts';
import plainRows from './rows-plain.wgsl';
import quadRows from './rows-quad.wgsl';

/** Invocations of a workgroup: as many as SwiftShader has in a vector. */
const LANES = 4;
/** Rows of a workgroup, and columns of one invocation. */
const ROWS = 32;
const COLUMNS = 16;

const kernels = new Map<string, Kernel>();

function kernelFor(name: string, rows: 'quads' | 'plain'): Kernel {
  const key = `${name} ${rows}`;
  let kernel = kernels.get(key);
  if (!kernel) {
    const quads = rows === 'quads';
    const prelude = quads ? quadRows : plainRows;
    const enable = quads ? ['subgroups'] : [];
    kernel = defineKernel({ name, source: gatheredSource, prelude, enable }).with({ LANES });
    kernels.set(key, kernel);
  }
  return kernel;
}

/** Workgroups that cover a product, those of the last rows and columns being partly unused. */
function tileCount(rows: number, columns: number): number {
  return Math.ceil(rows / ROWS) * Math.ceil(columns / (COLUMNS * LANES));
}

/** Computes the product from factors where they are, its rows fetched in quads or plainly; see gathered-four.wgsl. */
export function gatheredProduct(gpu: Gpu, given: Product, fetching: 'quads' | 'plain'): void {
  const product = orient(given);
  const { a, b, bias, y, rows, columns, terms, groups = 1, chunks = 1 } = product;
  const offsets = offsetTables(gpu, product);
  const tiles = tileCount(rows.count, columns.count) * groups * chunks;
  const sums = rows.count * columns.count * groups;
  const biasStride = product.biasStride ?? { row: 0, column: 0, group: 0 };
  gpu.dispatch(kernelFor(product.name, fetching), {
    buffers: { a, b, bias: bias ?? a, offsets, y },
    sizes: {
      rows: rows.count,
      columns: columns.count,
      terms: terms.count,
      chunk_terms: product.chunkTerms ?? terms.count,
      groups,
      chunks,
      a_group: product.aGroup ?? 0,
      b_group: product.bGroup ?? 0,
      y_group: product.yGroup ?? 0,
      y_chunk: product.yChunk ?? 0,
      has_bias: bias ? 1 : 0,
      bias_row: biasStride.row,
      bias_column: biasStride.column,
      bias_group: biasStride.group,
    },
    workgroups: linearWorkgroups(tiles, 1),
    work: { flops: 2 * sums * terms.count, bytes: a.bytes + b.bytes + 4 * sums * chunks },
  });
}

/** Rows and columns change places where that takes fewer workgroups. Factors commute, so no bit changes. */
function orient(product: Product): Product {
  const { rows, columns, terms } = product;
  if (tileCount(rows.count, columns.count) <= tileCount(columns.count, rows.count)) return product;
  const stride = product.biasStride;
  return {
    ...product,
    a: product.b,
    b: product.a,
    rows: columns,
    columns: rows,
    terms: { ...terms, u: terms.v, v: terms.u },
    aGroup: product.bGroup ?? 0,
    bGroup: product.aGroup ?? 0,
    biasStride: stride && { row: stride.column, column: stride.row, group: stride.group },
  };
}

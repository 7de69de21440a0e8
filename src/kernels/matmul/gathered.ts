import {
  type BufferView,
  defineKernel,
  type Gpu,
  type GpuBuffer,
  type Kernel,
  linearWorkgroups,
} from '../../gpu/index.ts';
import fourSource from './gathered-four.wgsl';
import twoSource from './gathered-two.wgsl';
import offsetsSource from './offsets.wgsl';
import plainRows from './rows-plain.wgsl';
import quadRows from './rows-quad.wgsl';

const offsetsKernel = defineKernel({ name: 'product.offsets', source: offsetsSource });

/** How shared rows are fetched, and how many terms a turn of the loop takes: four suit SwiftShader, two lavapipe. */
export interface Gathering {
  rows: 'quads' | 'plain';
  terms: 2 | 4;
}

/** The gathering that suits an adapter. */
export function chooseGathering(gpu: Gpu): Gathering {
  return { rows: gpu.features.has('subgroups') ? 'quads' : 'plain', terms: gpu.info.kind === 'swiftshader' ? 4 : 2 };
}

/** Gatherings worth choosing from on an adapter; each gives the same bits. */
export function gatherings(gpu: Gpu): Gathering[] {
  const chosen = chooseGathering(gpu);
  if (gpu.info.kind === 'hardware') return [];
  // Without quads lavapipe compiles for half a minute and gains nothing.
  return gpu.info.kind === 'lavapipe' || chosen.rows === 'plain' ? [chosen] : [chosen, { ...chosen, rows: 'plain' }];
}

const kernels = new Map<string, Kernel>();

/** Invocations of a workgroup: as many as the adapter that the loop suits has in a vector. */
const LANES = { 2: 8, 4: 4 };
/** Rows of a workgroup, and columns of one invocation. */
const ROWS = 32;
const COLUMNS = 16;

/**
 * Index i of a table stands for three numbers, outer, middle and inner, that count like the digits of a clock; `u` and `v`
 * are the offsets it leads to: strides of the three numbers (which may be negative), then a start.
 */
export interface Lattice {
  count: number;
  middle: number;
  inner: number;
  u: readonly [number, number, number, number];
  v: readonly [number, number, number, number];
}

/** A stride as the unsigned number that has the same effect, because offsets wrap. */
export const wrapped = (stride: number): number => stride >>> 0;

/** A table whose index leads to multiples of two strides. */
export const line = (count: number, u: number, v: number): Lattice => ({
  count,
  middle: 1,
  inner: 1,
  u: [u, 0, 0, 0],
  v: [v, 0, 0, 0],
});

/** y[row + column] = bias + Σ_term a[row + term] · b[column + term]; see gathered-two.wgsl. Offsets count elements. */
export interface GatheredProduct {
  /** Operation and pass, for the profiler. */
  name: string;
  a: GpuBuffer | BufferView;
  b: GpuBuffer | BufferView;
  bias?: GpuBuffer | undefined;
  y: GpuBuffer | BufferView;
  /** u in a, v in y */
  rows: Lattice;
  /** u in b, v in y */
  columns: Lattice;
  /** u in a, v in b */
  terms: Lattice;
  /** Products side by side, and how far their tensors lie apart. */
  groups?: number;
  aGroup?: number;
  bGroup?: number;
  yGroup?: number;
  /** Sums split into parts of so many terms, written `yChunk` apart. */
  chunks?: number;
  chunkTerms?: number;
  yChunk?: number;
  /** Which element of the bias a row, column and group take. */
  biasStride?: { row: number; column: number; group: number };
  gathering: Gathering;
}

/** Workgroups that cover a product, those of the last rows and columns being partly unused. */
function tileCount(rows: number, columns: number, { terms }: Gathering): number {
  return Math.ceil(rows / ROWS) * Math.ceil(columns / (COLUMNS * LANES[terms]));
}

/** Computes the product; y is overwritten. */
export function gatheredProduct(gpu: Gpu, given: GatheredProduct): void {
  const product = orient(given);
  const { a, b, bias, y, rows, columns, terms, groups = 1, chunks = 1 } = product;
  if (rows.count * columns.count * groups * chunks === 0) return;
  const offsets = offsetTables(gpu, product);
  const tiles = tileCount(rows.count, columns.count, product.gathering) * groups * chunks;
  const sums = rows.count * columns.count * groups;
  const biasStride = product.biasStride ?? { row: 0, column: 0, group: 0 };
  gpu.dispatch(kernelFor(product), {
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
  offsets.release();
}

function kernelFor({ name, gathering }: GatheredProduct): Kernel {
  const { rows, terms } = gathering;
  const key = `${name} ${rows} ${terms}`;
  let kernel = kernels.get(key);
  if (!kernel) {
    const source = terms === 4 ? fourSource : twoSource;
    const quads = rows === 'quads';
    const prelude = quads ? quadRows : plainRows;
    kernel = defineKernel({ name, source, prelude, enable: quads ? ['subgroups'] : [] }).with({ LANES: LANES[terms] });
    kernels.set(key, kernel);
  }
  return kernel;
}

/** Rows and columns change places where that takes fewer workgroups. Factors commute, so no bit changes. */
function orient(product: GatheredProduct): GatheredProduct {
  const { rows, columns, terms, gathering } = product;
  if (tileCount(rows.count, columns.count, gathering) <= tileCount(columns.count, rows.count, gathering))
    return product;
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

function offsetTables(gpu: Gpu, { rows, columns, terms }: GatheredProduct): GpuBuffer {
  const count = rows.count + columns.count + terms.count;
  const offsets = gpu.alloc(8 * count, 'product offsets');
  gpu.dispatch(offsetsKernel, {
    buffers: { offsets },
    sizes: {
      rows: rows.count,
      columns: columns.count,
      terms: terms.count,
      ...lattice('row', rows),
      ...lattice('column', columns),
      ...lattice('term', terms),
    },
    workgroups: linearWorkgroups(count, 64),
    work: { bytes: 8 * count },
  });
  return offsets;
}

function lattice(name: string, { middle, inner, u, v }: Lattice): Record<string, number> {
  const sizes: Record<string, number> = {
    [`${name}_middle`]: middle,
    [`${name}_inner`]: inner,
    [`${name}_u`]: wrapped(u[3]),
    [`${name}_v`]: wrapped(v[3]),
  };
  for (const axis of [0, 1, 2] as const) {
    sizes[`${name}_u${axis}`] = wrapped(u[axis]);
    sizes[`${name}_v${axis}`] = wrapped(v[axis]);
  }
  return sizes;
}

/** Products for adapters that run on a CPU, in the ways that suit them. */
import type { BufferView, Gpu, GpuBuffer } from '../../gpu/index.ts';
import { gatheredProduct } from './gathered.ts';
import type { Lattices } from './lattice.ts';
import { packable, packedProduct } from './packed.ts';

/**
 * How a product is computed: from factors packed into textures (packed.wgsl, for lavapipe), or from factors where they
 * are (gathered-four.wgsl, for SwiftShader), whose rows are shared in quads where there are subgroups. Every way gives the
 * same bits.
 */
export type Way = 'packed' | 'quads' | 'plain';

/** Invocations that packed.wgsl and rows-quad.wgsl take to be in one subgroup. */
const PACKED_LANES = 8;
const QUAD_LANES = 4;

/** The way that suits an adapter. */
export function chooseWay(gpu: Gpu): Way {
  const { kind, subgroupSize } = gpu.info;
  if (!gpu.features.has('subgroups') || subgroupSize < QUAD_LANES) return 'plain';
  return kind === 'lavapipe' && subgroupSize >= PACKED_LANES ? 'packed' : 'quads';
}

/** Ways worth choosing from on an adapter. */
export function ways(gpu: Gpu): Way[] {
  if (gpu.info.kind === 'hardware') return [];
  const chosen = chooseWay(gpu);
  // lavapipe takes a quarter of a minute to compile what fetches from buffers in quads, longer without.
  return chosen === 'quads' ? ['quads', 'plain'] : [chosen];
}

/** y[row + column] = bias + Σ_term a[row + term] · b[column + term]. Offsets count elements. */
export interface Product extends Lattices {
  /** Operation and pass, for the profiler. */
  name: string;
  /** Tables: rows have u in a and v in y, columns u in b and v in y, terms u in a and v in b. */
  a: GpuBuffer | BufferView;
  b: GpuBuffer | BufferView;
  bias?: GpuBuffer | BufferView | undefined;
  y: GpuBuffer | BufferView;
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
}

/** Computes the product; y is overwritten. */
export function multiply(gpu: Gpu, product: Product, way: Way): void {
  const { rows, columns, groups = 1, chunks = 1 } = product;
  if (rows.count * columns.count * groups * chunks === 0) return;
  if (way !== 'packed') gatheredProduct(gpu, product, way);
  else if (packable(gpu, product)) packedProduct(gpu, product);
  else gatheredProduct(gpu, product, 'quads');
}

import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import offsetsSource from './offsets.wgsl';

const offsetsKernel = defineKernel({ name: 'product.offsets', source: offsetsSource });

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

/** A lattice of terms; the outer number runs fastest within blocks of `block` (1 if left out), as offsets.wgsl says. */
export type TermLattice = Lattice & { block?: number };

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

export interface Lattices {
  rows: Lattice;
  columns: Lattice;
  terms: TermLattice;
}

/** Pairs of offsets for rows, columns and terms, one after the other. */
export function offsetTables(gpu: Gpu, { rows, columns, terms }: Lattices): GpuBuffer {
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
      term_block: terms.block ?? 1,
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

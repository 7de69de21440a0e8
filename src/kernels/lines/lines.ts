/** Lines of a tensor along one axis, for kernels that reduce them (tree.wgsl). */
import { type Constants, type Gpu, linearWorkgroups, type Workgroups } from '../../gpu/index.ts';

/** A tensor [outer, n, inner] and its lines along the middle axis. */
export interface Lines {
  outer: number;
  n: number;
  inner: number;
}

/** Elements of a partial result, partial results of a line, and from how many elements on it has the most. */
const EACH = 8;
const WIDE = 64;
const WIDEST = 256;
const LONG = 4096;

/**
 * Partial results of a line: more for long lines, and fewer where neighbouring lines lie beside each other and keep a
 * workgroup's reads together. A power of two and a function of the shape, since it decides the order of sums.
 */
function widthOf({ n, inner }: Lines): number {
  const wanted = n / (EACH * inner);
  let width = 1;
  while (width < wanted && width < (n >= LONG ? WIDEST : WIDE)) width *= 2;
  return width;
}

/**
 * The `const` lines that tree.wgsl and its kernels take, and the workgroups for all lines. A line's partial results come from
 * as many invocations on hardware, and from one on adapters that run on a processor and pay dearly for barriers; `lanes`
 * takes the place of this choice. It changes no bit.
 */
export function lineDispatch(gpu: Gpu, lines: Lines, lanes?: number): { constants: Constants; workgroups: Workgroups } {
  const width = widthOf(lines);
  const shared = Math.min(width, lanes ?? (gpu.info.kind === 'hardware' ? width : 1));
  const threads = Math.max(WIDE, shared);
  return {
    constants: { WIDTH: width, LANES: shared, THREADS: threads },
    workgroups: linearWorkgroups(lines.outer * lines.inner, threads / shared),
  };
}

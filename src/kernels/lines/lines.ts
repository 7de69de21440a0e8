/** Lines of a tensor along one axis, for kernels that reduce them in workgroups (tree.wgsl). */
import { type Constants, linearWorkgroups, type Workgroups } from '../../gpu/index.ts';

/** A tensor [outer, n, inner] and its lines along the middle axis. */
export interface Lines {
  outer: number;
  n: number;
  inner: number;
}

/** Elements of a line for each of its invocations, and limits of a workgroup. */
const EACH = 8;
const THREADS = 64;
const WIDEST = 256;

/**
 * Invocations that share a line: more for long lines, and fewer where neighbouring lines lie beside each other and keep a
 * workgroup's reads together. A power of two and a function of the shape, since it decides the order of sums.
 */
function widthOf({ n, inner }: Lines): number {
  const wanted = n / (EACH * inner);
  let width = 1;
  while (width < wanted && width < (n >= EACH * THREADS * 8 ? WIDEST : THREADS)) width *= 2;
  return width;
}

/** The `const` lines that tree.wgsl and its kernels take, and the workgroups for all lines. */
export function lineDispatch(lines: Lines): { constants: Constants; workgroups: Workgroups } {
  const width = widthOf(lines);
  const threads = Math.max(THREADS, width);
  return {
    constants: { WIDTH: width, THREADS: threads },
    workgroups: linearWorkgroups(lines.outer * lines.inner, threads / width),
  };
}

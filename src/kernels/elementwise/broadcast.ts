import { UserError } from '../../util/errors.ts';

/** Axes the kernels can walk, after merging. */
const MOST_AXES = 5;

/** How two operands are walked along the axes of their result. */
export interface Broadcast {
  /** Elements of the result. */
  n: number;
  rank: number;
  /** Indices of the outer axis, and elements that one has in the result and in either operand: 0 where it is repeated. */
  rows: number;
  row: { a: number; b: number; y: number };
  /** Whether both operands have the result's shape. */
  same: boolean;
  /** Fields of the kernels' uniform block. */
  sizes: Record<string, number>;
}

interface Axis {
  size: number;
  a: number;
  b: number;
}

/** Strides of an operand of shape `from` along the axes of `to`: 0 where it is repeated. */
function strides(from: readonly number[], to: readonly number[]): number[] {
  const result = new Array<number>(to.length).fill(0);
  let stride = 1;
  for (let axis = from.length - 1; axis >= 0; axis--) {
    const size = from[axis] as number;
    const place = axis + to.length - from.length;
    if (size !== 1) result[place] = stride;
    stride *= size;
  }
  return result;
}

/** Merges neighbouring axes that both operands walk as one; innermost first. */
function mergedAxes(a: readonly number[], b: readonly number[], y: readonly number[]): Axis[] {
  const [strideA, strideB] = [strides(a, y), strides(b, y)];
  const axes: Axis[] = [];
  for (let i = y.length - 1; i >= 0; i--) {
    const axis = { size: y[i] as number, a: strideA[i] as number, b: strideB[i] as number };
    if (axis.size === 1) continue;
    const inner = axes.at(-1);
    if (inner && axis.a === inner.a * inner.size && axis.b === inner.b * inner.size) inner.size *= axis.size;
    else axes.push(axis);
  }
  return axes;
}

/** Plans the walk of operands of shapes `a` and `b` over a result of shape `y`, to which both broadcast. */
export function broadcast(a: readonly number[], b: readonly number[], y: readonly number[]): Broadcast {
  const axes = mergedAxes(a, b, y);
  if (axes.length > MOST_AXES) {
    throw new UserError(
      `shapes [${a.join(', ')}] and [${b.join(', ')}] broadcast along ${axes.length} separate axes; at most ${MOST_AXES} are possible`,
    );
  }
  const outer = axes.pop();
  const row = { a: outer?.a ?? 0, b: outer?.b ?? 0, y: axes.reduce((product, { size }) => product * size, 1) };
  const sizes: Record<string, number> = { a_outer: row.a, b_outer: row.b };
  for (let i = 0; i < MOST_AXES - 1; i++) {
    sizes[`size${i}`] = axes[i]?.size ?? 1;
    sizes[`a${i}`] = axes[i]?.a ?? 0;
    sizes[`b${i}`] = axes[i]?.b ?? 0;
  }
  const n = y.reduce((product, size) => product * size, 1);
  const same = axes.length === 0 && outer?.a === 1 && outer.b === 1;
  return { n, rank: axes.length + 1, rows: n === 0 ? 0 : n / row.y, row, same, sizes };
}

/** Matrix products whose tensors are larger than what a kernel binds: cut into products of parts of them. */
import { ALIGNMENT, batchSlices, elementBytes, elementsOf, type Operand, type Slice } from '../slices.ts';

/** y [batch, rows, columns] = left · right, as far as cutting is concerned. */
export interface Cuttable {
  /** [batch, rows, depth], or [batch, depth, rows] where transposed, rows `leftPitch` apart. */
  left: Operand;
  transposeLeft?: boolean;
  shareLeft?: boolean;
  leftPitch?: number | undefined;
  /** Elements of the left operand before its first. */
  leftFirst?: number;
  /** [batch, depth, columns], or [batch, columns, depth] where transposed, rows `rightPitch` apart. */
  right: Operand;
  transposeRight?: boolean;
  shareRight?: boolean;
  rightPitch?: number | undefined;
  /** The same of the right one. */
  rightFirst?: number;
  bias?: Operand | undefined;
  y: Operand;
  batch?: number;
  rows: number;
  depth: number;
  columns: number;
  accumulate?: boolean;
}

/** What is cut, and of each part of it the product and where it begins. */
export interface Cut<Product> {
  along: 'batch' | 'rows' | 'depth' | 'columns';
  parts: { first: number; product: Product }[];
}

/** Elements of a tensor that begin where a binding can. */
const part = (operand: Operand, first: number, count: number): Operand => elementsOf(operand, first, count).part;

/** Elements of a factor, wherever they begin. */
function factor<Name extends 'left' | 'right'>(product: Cuttable, name: Name, first: number, count: number) {
  const elements = elementsOf(product[name], first + (product[`${name}First`] ?? 0), count);
  return { [name]: elements.part, [`${name}First`]: elements.skip } as Pick<Cuttable, Name | `${Name}First`>;
}

/** Elements from the first of some rows to the end of the last. */
const span = (rows: number, pitch: number, length: number): number => (rows === 0 ? 0 : (rows - 1) * pitch + length);

/**
 * How to cut a product of which a tensor takes more than `limit` bytes; null where none does or nothing can be cut. The cut
 * depends on sizes and limit alone. Where the depth is cut, the sums of the parts are added up in their order.
 */
export function cutOf<Product extends Cuttable>(product: Product, limit: number): Cut<Product> | null {
  const { left, right, y, batch = 1, rows, depth, columns, transposeLeft = false, transposeRight = false } = product;
  const large = (operand: Operand) => operand.bytes > limit;
  if (![left, right, y].some(large) || rows * depth * columns === 0) return null;
  const { leftPitch = transposeLeft ? rows : depth, rightPitch = transposeRight ? depth : columns } = product;
  const unit = { left: elementBytes(left), right: elementBytes(right), y: elementBytes(y) };
  // Factors begin up to a step before their part, hence the room for it.
  const slices = (total: number, aligned: readonly number[], largest: number) =>
    batchSlices(total, aligned, limit - ALIGNMENT, largest);
  const wanted = { ...product, leftPitch, rightPitch };
  if (batch > 1) {
    const [leftStep, rightStep] = [product.shareLeft ? 0 : rows * depth, product.shareRight ? 0 : depth * columns];
    const [yBytes, largest] = [unit.y * rows * columns, Math.max(unit.left * leftStep, unit.right * rightStep)];
    return cutInto('batch', slices(batch, [yBytes], Math.max(yBytes, largest)), (first, count) => ({
      ...wanted,
      batch: count,
      ...(leftStep > 0 && factor(product, 'left', first * leftStep, count * leftStep)),
      ...(rightStep > 0 && factor(product, 'right', first * rightStep, count * rightStep)),
      y: part(y, first * rows * columns, count * rows * columns),
    }));
  }
  if (large(right) && transposeRight) {
    return cutInto('columns', slices(columns, [unit.y], unit.right * rightPitch), (first, count) => ({
      ...wanted,
      columns: count,
      ...factor(product, 'right', first * rightPitch, span(count, rightPitch, depth)),
      bias: product.bias && part(product.bias, first, count),
    }));
  }
  if (large(right) || (large(left) && transposeLeft)) {
    const largest = Math.max(transposeLeft ? unit.left * leftPitch : 0, transposeRight ? 0 : unit.right * rightPitch);
    return cutDepth(product, slices(depth, [], largest));
  }
  const yBytes = unit.y * columns;
  const largest = Math.max(yBytes, transposeLeft ? 0 : unit.left * leftPitch);
  return cutInto('rows', slices(rows, [yBytes], largest), (first, count) => ({
    ...wanted,
    rows: count,
    ...(transposeLeft
      ? factor(product, 'left', first, span(depth, leftPitch, count))
      : factor(product, 'left', first * leftPitch, span(count, leftPitch, depth))),
    y: part(y, first * columns, count * columns),
  }));
}

/** A product of one pair of matrices as runs of at most so many terms; null where that is no cut. */
export function runsOf<Product extends Cuttable>(product: Product, longest: number): Cut<Product> | null {
  return cutDepth(product, batchSlices(product.depth, [], longest, 1));
}

function cutDepth<Product extends Cuttable>(product: Product, slices: readonly Slice[]): Cut<Product> | null {
  const { rows, columns, depth, transposeLeft = false, transposeRight = false } = product;
  const { leftPitch = transposeLeft ? rows : depth, rightPitch = transposeRight ? depth : columns } = product;
  return cutInto('depth', slices, (first, count) => ({
    ...product,
    leftPitch,
    rightPitch,
    depth: count,
    ...(transposeLeft
      ? factor(product, 'left', first * leftPitch, span(count, leftPitch, rows))
      : factor(product, 'left', first, span(rows, leftPitch, count))),
    ...(transposeRight
      ? factor(product, 'right', first, span(columns, rightPitch, count))
      : factor(product, 'right', first * rightPitch, span(count, rightPitch, columns))),
    bias: first === 0 ? product.bias : undefined,
    accumulate: product.accumulate || first > 0,
  }));
}

function cutInto<Product>(
  along: Cut<Product>['along'],
  slices: readonly Slice[],
  product: (first: number, count: number) => Product,
): Cut<Product> | null {
  if (slices.length < 2) return null;
  return { along, parts: slices.map(({ first, count }) => ({ first, product: product(first, count) })) };
}

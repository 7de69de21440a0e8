import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { matmul as product } from '../../kernels/matmul/matmul.ts';
import { UserError } from '../../util/errors.ts';
import { forProduct } from '../autocast.ts';
import { operation } from '../autograd.ts';
import { scope } from '../scope.ts';
import { broadcastShape, formatShape, type Shape, sameShape, sizeOf } from '../shape.ts';
import { empty, type Tensor } from '../tensor.ts';
import { sumToShape } from './axes.ts';
import { expectReal } from './expect.ts';
import { reshape } from './reshape.ts';
import { expand } from './strided.ts';

/**
 * Matrix product as torch.matmul: the last two axes are matrices, those before them a batch that broadcasts; a vector is a
 * row on the left and a column on the right, and its axis of one is dropped from the result.
 */
export function matmul(left: Tensor, right: Tensor): Tensor {
  const inner = [left.shape.at(-1), right.shape.at(right.shape.length === 1 ? 0 : -2)];
  if (left.shape.length === 0 || right.shape.length === 0 || inner[0] !== inner[1]) {
    throw new UserError(
      `matmul: ${formatShape(left.shape)} and ${formatShape(right.shape)} do not fit: the last axis of the first (${inner[0] ?? 'none'}) must be as long as the last but one of the second (${inner[1] ?? 'none'})`,
    );
  }
  return scope(() => {
    const [a, b] = [forProduct(left), forProduct(right)];
    expectReal('matmul', { left: a, right: b });
    const y = products(
      a.shape.length === 1 ? reshape(a, [1, ...a.shape]) : a,
      b.shape.length === 1 ? reshape(b, [...b.shape, 1]) : b,
    );
    const batch = y.shape.slice(0, -2);
    const rows = left.shape.length === 1 ? [] : y.shape.slice(-2, -1);
    const columns = right.shape.length === 1 ? [] : y.shape.slice(-1);
    const shape = [...batch, ...rows, ...columns];
    return sameShape(shape, y.shape) ? y : reshape(y, shape);
  });
}

/** How the matrices of two operands come together. */
interface Plan {
  /** Products, each of [rows, depth] and [depth, columns]. */
  batch: number;
  rows: number;
  depth: number;
  columns: number;
  /** One left matrix for all products. */
  shareLeft: boolean;
}

/** Two operands of at least two axes. */
function products(left: Tensor, right: Tensor): Tensor {
  const batch = broadcastShape('matmul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  const [rows, depth, columns] = [left.shape.at(-2), left.shape.at(-1), right.shape.at(-1)] as [number, number, number];
  const shape = [...batch, rows, columns];
  const [lefts, rights] = [sizeOf(left.shape.slice(0, -2)), sizeOf(right.shape.slice(0, -2))];
  const count = sizeOf(batch);
  // One right matrix: the left ones lie below each other and make one tall one.
  if (rights === 1 && lefts === count) {
    return multiplied(left, right, shape, { batch: 1, rows: count * rows, depth, columns, shareLeft: false });
  }
  const plan = { batch: count, rows, depth, columns, shareLeft: lefts === 1 };
  const a = lefts === 1 || lefts === count ? left : expand(left, [...batch, rows, depth]);
  const b = rights === count ? right : expand(right, [...batch, depth, columns]);
  return multiplied(a, b, shape, plan);
}

function multiplied(left: Tensor, right: Tensor, shape: Shape, plan: Plan): Tensor {
  const { gpu } = left;
  const y = empty(gpu, shape, 'matmul', left.dtype);
  const [a, b] = [left.buffer, right.buffer];
  product(gpu, { left: a, right: b, y: y.buffer, ...plan });
  return operation(y, {
    name: 'matmul',
    inputs: [left, right],
    saved: [a, b],
    backward: (gy) => [
      left.requiresGrad ? leftGradient(gpu, gy, b, plan) : null,
      right.requiresGrad ? rightGradient(gpu, gy, a, plan) : null,
    ],
  });
}

/** gy · rightᵀ, summed over the products that share the left matrix. */
function leftGradient(gpu: Gpu, gy: GpuBuffer, right: GpuBuffer, plan: Plan): GpuBuffer {
  const { batch, rows, depth, columns, shareLeft } = plan;
  const gradient = gpu.allocNumbers(batch * rows * depth, 'matmul left gradient', gy.scalar);
  const sizes = { batch, rows, depth: columns, columns: depth };
  product(gpu, { left: gy, right, transposeRight: true, y: gradient, ...sizes });
  return shareLeft ? sumToShape(gpu, gradient, [batch, rows, depth], [rows, depth]) : gradient;
}

/** leftᵀ · gy. */
function rightGradient(gpu: Gpu, gy: GpuBuffer, left: GpuBuffer, plan: Plan): GpuBuffer {
  const { batch, rows, depth, columns, shareLeft } = plan;
  const gradient = gpu.allocNumbers(batch * depth * columns, 'matmul right gradient', gy.scalar);
  const sizes = { batch, rows: depth, depth: rows, columns };
  product(gpu, { left, transposeLeft: true, shareLeft, right: gy, y: gradient, ...sizes });
  return gradient;
}

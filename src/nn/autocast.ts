/**
 * Mixed precision: products of f16 numbers with f32 sums.
 *
 *   parameters f32 ── rounded once a region ──┐
 *   activations f16 ──────────────────────── conv2d, linear, matmul ── f16 ── batch norm, ReLU, pooling … ── f16 ── loss f32
 *
 * What is a product takes f16; losses, softmax, exp, log and sums take f32; everything else runs in the type that arrives
 * and computes in f32. Gradients have the type of what they belong to: f16 for activations, f32 for parameters.
 */
import { type Gpu, type GpuBuffer, type OnGpu, onGpu, type ScalarType } from '../gpu/index.ts';
import { cast } from '../kernels/cast/cast.ts';
import { UserError } from '../util/errors.ts';
import type { Tensor } from './tensor.ts';

/** Rounded copies of parameters, made in the region that is open now. */
let copies: Map<Tensor, GpuBuffer> | null = null;

/** Throws UserError with what is missing where the adapter cannot compute in mixed precision. */
export function expectMixedPrecision(gpu: Gpu): void {
  if (gpu.features.has('shader-f16')) return;
  throw new UserError(
    `mixed precision needs an adapter with the feature shader-f16, which ${gpu.info.name} lacks; train in f32`,
  );
}

/**
 * Runs `fn` in mixed precision, as torch.autocast. Parameters are rounded once and the copies kept until the end, so change
 * them outside only. Gradients may be computed inside or outside. `fn` is synchronous.
 */
export function autocast<T>(...given: OnGpu<[fn: () => T]>): T {
  const [gpu, fn] = onGpu(given);
  expectMixedPrecision(gpu);
  if (copies) return fn();
  const made = new Map<Tensor, GpuBuffer>();
  copies = made;
  try {
    const result = fn();
    if (result instanceof Promise) throw new Error('autocast: its function is asynchronous; read values outside');
    return result;
  } finally {
    copies = null;
    for (const buffer of made.values()) buffer.release();
  }
}

/** The tensor as products take it here: f16 inside `autocast`, else as it is. */
export function forProduct(x: Tensor): Tensor {
  return copies && x.dtype === 'f32' ? x.to('f16') : x;
}

/** The tensor as functions of a large range take it here: f32 inside `autocast`, else as it is. */
export function forRange(x: Tensor): Tensor {
  return copies && x.dtype === 'f16' ? x.to('f32') : x;
}

/** A parameter's values in the type of what it is multiplied with; to be released by the caller. */
export function rounded(parameter: Tensor, type: ScalarType): GpuBuffer {
  if (parameter.dtype === type) return parameter.buffer.retain();
  const known = copies?.get(parameter);
  if (known) return known.retain();
  const copy = parameter.gpu.allocNumbers(parameter.size, 'rounded parameter', type);
  cast(parameter.gpu, { x: parameter.buffer, y: copy, n: parameter.size });
  copies?.set(parameter, copy.retain());
  return copy;
}

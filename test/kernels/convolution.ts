import * as assert from 'uvu/assert';
/** Convolution on the GPU by any tile, and by its definition in double precision. */
import type { Gpu } from '../../src/gpu/index.ts';
import {
  type Conv2dShape,
  conv2dForward,
  conv2dGradients,
  conv2dInputGradient,
  conv2dWeightGradient,
} from '../../src/kernels/conv2d/conv2d.ts';
import type { Forced } from '../../src/kernels/conv2d/tile.ts';
import { randomStream } from '../../src/util/random.ts';

export interface Inputs {
  x: Float32Array;
  weight: Float32Array;
  gy: Float32Array;
}

export interface Passes {
  y: Float32Array;
  gx: Float32Array;
  gweight: Float32Array;
}

export function lengths(shape: Conv2dShape): { x: number; weight: number; y: number } {
  const { batch, inChannels, height, width, outChannels, outHeight, outWidth, kernel, groups } = shape;
  return {
    x: batch * inChannels * height * width,
    weight: outChannels * (inChannels / groups) * kernel[0] * kernel[1],
    y: batch * outChannels * outHeight * outWidth,
  };
}

export function randomArray(length: number, ...key: number[]): Float32Array {
  const random = randomStream(11, 'test', ...key);
  return Float32Array.from({ length }, () => random.normal());
}

export function randomInputs(shape: Conv2dShape): Inputs {
  const { x, weight, y } = lengths(shape);
  return { x: randomArray(x, 0), weight: randomArray(weight, 1), gy: randomArray(y, 2) };
}

/** All three passes; `forced` sets aside the choice of tile. Both gradients at once must be the same bits. */
export async function runPasses(gpu: Gpu, shape: Conv2dShape, inputs: Inputs, forced: Forced = {}): Promise<Passes> {
  const count = lengths(shape);
  const [x, weight, gy] = [gpu.upload(inputs.x), gpu.upload(inputs.weight), gpu.upload(inputs.gy)];
  const [y, gx, gweight] = [gpu.alloc(4 * count.y), gpu.alloc(4 * count.x), gpu.alloc(4 * count.weight)];
  const both = { gx: gpu.alloc(4 * count.x), gweight: gpu.alloc(4 * count.weight) };
  conv2dForward(gpu, { x, weight, y, shape, ...forced });
  conv2dGradients(gpu, { x, weight, gy, ...both, shape, ...forced });
  conv2dInputGradient(gpu, { gy, weight, gx, shape, ...forced });
  conv2dWeightGradient(gpu, { x, gy, gweight, shape, ...forced });
  const read = async (buffer: typeof y) => new Float32Array(await gpu.read(buffer));
  const passes = { y: await read(y), gx: await read(gx), gweight: await read(gweight) };
  for (const name of ['gx', 'gweight'] as const)
    assert.ok(
      sameBits(await read(both[name]), passes[name]),
      `${name} differs where both gradients are computed at once`,
    );
  for (const buffer of [x, weight, gy, y, gx, gweight, both.gx, both.gweight]) buffer.release();
  return passes;
}

/** The same passes from the definition, each product met once. */
export function definedPasses(shape: Conv2dShape, { x, weight, gy }: Inputs): Passes {
  const count = lengths(shape);
  const [y, gx, gweight] = [new Float64Array(count.y), new Float64Array(count.x), new Float64Array(count.weight)];
  forEachProduct(shape, (ix, iw, iy) => {
    y[iy] = (y[iy] as number) + (x[ix] as number) * (weight[iw] as number);
    gx[ix] = (gx[ix] as number) + (gy[iy] as number) * (weight[iw] as number);
    gweight[iw] = (gweight[iw] as number) + (gy[iy] as number) * (x[ix] as number);
  });
  return { y: Float32Array.from(y), gx: Float32Array.from(gx), gweight: Float32Array.from(gweight) };
}

function forEachProduct(shape: Conv2dShape, visit: (x: number, weight: number, y: number) => void): void {
  const { batch, inChannels, height, width, outChannels, outHeight, outWidth, groups, kernel } = shape;
  const [channels, outputs] = [inChannels / groups, outChannels / groups];
  for (let iy = 0; iy < batch * outChannels * outHeight * outWidth; iy++) {
    const [j, i] = [iy % outWidth, Math.floor(iy / outWidth) % outHeight];
    const o = Math.floor(iy / (outWidth * outHeight)) % outChannels;
    const n = Math.floor(iy / (outWidth * outHeight * outChannels));
    for (let tap = 0; tap < channels * kernel[0] * kernel[1]; tap++) {
      const [s, r] = [tap % kernel[1], Math.floor(tap / kernel[1]) % kernel[0]];
      const c = Math.floor(o / outputs) * channels + Math.floor(tap / (kernel[0] * kernel[1]));
      const h = i * shape.stride[0] - shape.padding[0] + r * shape.dilation[0];
      const w = j * shape.stride[1] - shape.padding[1] + s * shape.dilation[1];
      if (h < 0 || w < 0 || h >= height || w >= width) continue;
      visit(((n * inChannels + c) * height + h) * width + w, o * channels * kernel[0] * kernel[1] + tap, iy);
    }
  }
}

/** The largest difference, as a share of the largest value. */
export function relativeError(values: Float32Array, expected: Float32Array): number {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, scale] = [0, 0];
  expected.forEach((value, i) => {
    const difference = Math.abs((values[i] as number) - value);
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    scale = Math.max(scale, Math.abs(value));
  });
  return error === 0 ? 0 : error / scale;
}

export function sameBits(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [new Uint32Array(a.buffer), new Uint32Array(b.buffer)];
  return x.length === y.length && x.every((word, i) => word === y[i]);
}

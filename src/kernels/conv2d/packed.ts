/** Passes as products of packed factors, where channels come in fours (../matmul/packed.wgsl). */
import type { Gpu } from '../../gpu/index.ts';
import { line } from '../matmul/lattice.ts';
import { multiplyPacked, type Packed, packFactors } from '../matmul/packed.ts';
import type { Correlation, CorrelationBuffers } from './correlate.ts';
import { type Frame, type PictureJob, pack, pictureSize, type WeightsJob, weightsSize } from './pack.ts';
import type { Walk } from './pad.ts';
import type { Pair } from './shape.ts';
import { walkOf } from './walk-of.ts';
import type { Parts } from './weight-gradient.ts';

/**
 * What some walks over the same picture meet. A walk alone, of a kernel with one tap along an axis, meets no more than
 * every stride-th pixel there.
 */
function frameOf(walks: readonly Walk[]): Frame {
  const axis = (d: 0 | 1) => {
    const [only] = walks as [Walk];
    if (walks.length === 1 && only.kernel[d] === 1)
      return { size: only.grid[d], before: only.pad[d], step: only.stride[d] };
    const before = Math.max(0, ...walks.map(({ pad }) => pad[d]));
    const ends = walks.map(
      ({ grid, stride, kernel, dilation, pad }) =>
        before - pad[d] + (grid[d] - 1) * stride[d] + (kernel[d] - 1) * dilation[d] + 1,
    );
    return { size: Math.max(...ends), before, step: 1 };
  };
  const [v, h] = [axis(0), axis(1)];
  return { height: v.size, width: h.size, before: [v.before, h.before], step: [v.step, h.step] };
}

/** Distances between texels of a packed picture: from row to row and column to column of a walk, and of its kernel. */
interface Steps {
  plane: number;
  grid: Pair;
  tap: Pair;
  start: number;
}

function stepsOf({ stride, dilation, pad }: Walk, { height, width, before, step }: Frame): Steps {
  return {
    plane: height * width,
    grid: [(stride[0] / step[0]) * width, stride[1] / step[1]],
    tap: [dilation[0] * width, dilation[1]],
    start: ((before[0] - pad[0]) / step[0]) * width + (before[1] - pad[1]) / step[1],
  };
}

/** Whether a picture's channels come in fours and an adapter's textures hold what walks meet of it. */
export function packsPicture(gpu: Gpu, channels: number, walks: readonly Walk[]): boolean {
  if (channels % 4 !== 0 || walks.length === 0) return false;
  const { height, width } = frameOf(walks);
  return ((walks[0] as Walk).planes / 4) * height * width < gpu.mostTexels;
}

/** One walk over a packed picture: rows are outputs, columns pixels, and a texel holds four channels at one tap. */
function multiplyCorrelation(
  gpu: Gpu,
  { bias, y }: CorrelationBuffers,
  size: Correlation,
  weights: Packed,
  picture: Packed & { frame: Frame },
): void {
  const { batch, groups, channels, outputs, grid, kernel, taps, first, step, weightAt } = size;
  const quads = channels / 4;
  const steps = stepsOf(walkOf(size), picture.frame);
  const [yHeight, yWidth] = size.ySize;
  const area = yHeight * yWidth;
  const count = batch * grid[0] * grid[1];
  const terms = kernel[0] * kernel[1];
  multiplyPacked(gpu, {
    name: `conv2d.${size.pass}`,
    a: weights,
    b: picture,
    bias,
    y,
    rows: line(outputs, 1, area),
    columns: {
      count,
      middle: grid[0],
      inner: grid[1],
      u: [groups * quads * steps.plane, ...steps.grid, steps.start],
      v: [groups * outputs * area, step[0] * yWidth, step[1], first[0] * yWidth + first[1]],
    },
    terms: {
      count: quads * terms,
      middle: kernel[0],
      inner: kernel[1],
      u: [taps * outputs, weightAt.row * outputs, weightAt.column * outputs, weightAt.start * outputs],
      v: [steps.plane, ...steps.tap, 0],
    },
    groups,
    yGroup: outputs * area,
    chunks: 1,
    chunkTerms: quads * terms,
    yChunk: 0,
    biasStride: { row: 1, column: 0, group: outputs },
    flops: 2 * groups * outputs * count * channels * terms,
  });
}

/** Forward pass or input gradient, which walks once for each class of pixels. */
export function correlatePacked(gpu: Gpu, buffers: CorrelationBuffers, sizes: readonly Correlation[]): void {
  const [size] = sizes as [Correlation];
  const walks = sizes.map(walkOf);
  const frame = frameOf(walks);
  const job: PictureJob = { x: buffers.x, walk: walks[0] as Walk, frame };
  const weightsJob = weightsJobOf(buffers, size);
  const { factors, release } = packFactors(
    gpu,
    [pictureSize(job, size.channels), weightsSize(weightsJob)] as const,
    (buffer, parts) => pack(gpu, buffer, parts, [job, weightsJob]),
  );
  const [picture, weights] = factors;
  for (const each of sizes) multiplyCorrelation(gpu, buffers, each, weights, { ...picture, frame });
  release();
}

function weightsJobOf({ weight }: CorrelationBuffers, size: Correlation): WeightsJob {
  const { groups, channels, outputs, taps, weightAt } = size;
  return { weight, groups, quads: channels / 4, outputs, taps, weightAt };
}

/** How a weight gradient walks over the channels of gy, which meets every pixel, and of x. */
function walksOf({ shape }: Parts): { gy: Walk; x: Walk } {
  const { batch, inChannels, outChannels, kernel, stride, dilation, padding, height, width } = shape;
  const grid: Pair = [shape.outHeight, shape.outWidth];
  const one: Pair = [1, 1];
  const every = { size: grid, grid, kernel: one, stride: one, dilation: one, pad: [0, 0] as const };
  return {
    gy: { planes: batch * outChannels, ...every },
    x: { planes: batch * inChannels, size: [height, width], grid, kernel, stride, dilation, pad: padding },
  };
}

/** An input gradient that is computed beside the weight gradient, from the same packed gy. */
export interface InputGradient {
  buffers: CorrelationBuffers;
  sizes: readonly Correlation[];
}

/** Whether `weightGradientPacked` can compute these parts, and the input gradient beside them. */
export function packsParts(gpu: Gpu, parts: Parts, beside: InputGradient | null): boolean {
  const { inChannels, outChannels, groups } = parts.shape;
  const { gy, x } = walksOf(parts);
  const walks = [gy, ...(beside?.sizes ?? []).map(walkOf)];
  return packsPicture(gpu, inChannels / groups, [x]) && packsPicture(gpu, outChannels / groups, walks);
}

/** Weight gradient, and the input gradient beside it: every picture is packed once. */
export function weightGradientPacked(gpu: Gpu, parts: Parts, beside: InputGradient | null): void {
  const { shape } = parts;
  const walks = walksOf(parts);
  const [channels, outputs] = [shape.inChannels / shape.groups, shape.outChannels / shape.groups];
  const sizes = beside?.sizes ?? [];
  const gy: PictureJob = { x: parts.gy, walk: walks.gy, frame: frameOf([walks.gy, ...sizes.map(walkOf)]) };
  const x: PictureJob = { x: parts.x, walk: walks.x, frame: frameOf([walks.x]) };
  const weights = beside && sizes[0] ? [weightsJobOf(beside.buffers, sizes[0])] : [];
  const { factors, release } = packFactors(
    gpu,
    [pictureSize(gy, outputs), pictureSize(x, channels), ...weights.map(weightsSize)],
    (buffer, places) => pack(gpu, buffer, places, [gy, x, ...weights]),
  );
  const [packedGy, packedX, packedWeights] = factors as [Packed, Packed, Packed?];
  const rows = { ...packedGy, frame: gy.frame };
  multiplyParts(gpu, parts, rows, { ...packedX, frame: x.frame });
  if (beside && packedWeights) {
    for (const size of sizes) multiplyCorrelation(gpu, beside.buffers, size, packedWeights, rows);
  }
  release();
}

/** Rows are outputs, columns taps of channels, and a texel holds four of them at one pixel. */
function multiplyParts(gpu: Gpu, parts: Parts, gy: Packed & { frame: Frame }, x: Packed & { frame: Frame }): void {
  const { partial, shape, chunks, rows } = parts;
  const { batch, groups, kernel, outHeight, outWidth } = shape;
  const [channels, outputs] = [shape.inChannels / groups, shape.outChannels / groups];
  const [xQuads, yQuads] = [channels / 4, outputs / 4];
  const walks = walksOf(parts);
  const [from, to] = [stepsOf(walks.gy, gy.frame), stepsOf(walks.x, x.frame)];
  const area = outHeight * outWidth;
  const taps = kernel[0] * kernel[1];
  multiplyPacked(gpu, {
    name: 'conv2d.weightGradient',
    a: gy,
    b: x,
    y: partial,
    rows: line(yQuads, from.plane, 4 * channels * taps),
    columns: {
      count: xQuads * taps,
      middle: kernel[0],
      inner: kernel[1],
      u: [to.plane, ...to.tap, to.start],
      v: [4 * taps, kernel[1], 1, 0],
    },
    terms: {
      count: batch * area,
      middle: outHeight,
      inner: outWidth,
      u: [groups * yQuads * from.plane, ...from.grid, from.start],
      v: [groups * xQuads * to.plane, ...to.grid, 0],
    },
    groups,
    yGroup: outputs * channels * taps,
    chunks,
    chunkTerms: rows * outWidth,
    yChunk: shape.outChannels * channels * taps,
    across: { rowStep: channels * taps, columnStep: taps },
    flops: 2 * groups * outputs * channels * taps * batch * area,
  });
}

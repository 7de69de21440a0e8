/** Passes as products of packed factors, where channels come in fours (../matmul/packed.wgsl). */
import { defineKernel, type Gpu, linearWorkgroups } from '../../gpu/index.ts';
import { line, wrapped } from '../matmul/lattice.ts';
import { multiplyPacked, type Packed, packInto } from '../matmul/packed.ts';
import type { Operand } from '../slices.ts';
import type { Correlation, CorrelationBuffers } from './correlate.ts';
import packPictureSource from './pack-picture.wgsl';
import packWeightsSource from './pack-weights.wgsl';
import { type Frame, frameOf, type Walk } from './pad.ts';
import type { Pair } from './shape.ts';
import type { Parts } from './weight-gradient.ts';

const pictureKernel = defineKernel({ name: 'conv2d.packPicture', source: packPictureSource });
const weightsKernel = defineKernel({ name: 'conv2d.packWeights', source: packWeightsSource });

/** A picture whose channels come in fours, as far as a walk meets it, and how the walk goes over what is packed. */
interface PackedPicture extends Packed {
  height: number;
  width: number;
  stride: Pair;
  start: number;
}

/** Whether a picture's channels come in fours and an adapter's textures hold what a walk meets of it. */
export function packsPicture(gpu: Gpu, channels: number, walk: Walk): boolean {
  const { height, width } = sparse(walk);
  return channels % 4 === 0 && (walk.planes / 4) * height * width < gpu.mostTexels;
}

/** Packs the pixels that a walk meets, with zeros around them; `quads` planes of four channels a group. */
function packPicture(gpu: Gpu, x: Operand, walk: Walk, quads: number): PackedPicture {
  const { size } = walk;
  const planes = walk.planes / 4;
  const { height, width, before, start, step, stride } = sparse(walk);
  const count = planes * height * width;
  const texels = packInto(gpu, count, 'conv2d packed picture', (packed) =>
    gpu.dispatch(pictureKernel, {
      buffers: { x, packed },
      sizes: {
        planes,
        x_height: size[0],
        x_width: size[1],
        height,
        width,
        step_h: step[0],
        step_w: step[1],
        before_h: wrapped(before[0]),
        before_w: wrapped(before[1]),
      },
      // One more, for the texel of zeros.
      workgroups: linearWorkgroups(planes * Math.ceil(width / 8) + 1, 1),
      work: { bytes: x.bytes + packed.bytes },
    }),
  );
  return { texels, count, group: quads * height * width, height, width, stride, start: start[0] * width + start[1] };
}

/** The frame of a walk; along an axis where the kernel has one tap, of the pixels that the stride meets alone. */
function sparse(walk: Walk): Frame & { step: Pair; stride: Pair } {
  const frame = frameOf(walk);
  const axis = (d: 0 | 1) =>
    walk.kernel[d] === 1
      ? { size: walk.grid[d], before: walk.pad[d], start: 0, step: walk.stride[d], stride: 1 }
      : {
          size: d === 0 ? frame.height : frame.width,
          before: frame.before[d],
          start: frame.start[d],
          step: 1,
          stride: walk.stride[d],
        };
  const [v, h] = [axis(0), axis(1)];
  return {
    ...frame,
    height: v.size,
    width: h.size,
    before: [v.before, h.before],
    start: [v.start, h.start],
    step: [v.step, h.step],
    stride: [v.stride, h.stride],
  };
}

function packWeights(gpu: Gpu, weight: CorrelationBuffers['weight'], size: Correlation): Packed {
  const { groups, channels, outputs, kernel, weightAt } = size;
  const quads = channels / 4;
  const group = quads * kernel[0] * kernel[1] * outputs;
  const texels = packInto(gpu, groups * group, 'conv2d packed weights', (packed) =>
    gpu.dispatch(weightsKernel, {
      buffers: { weight, packed },
      sizes: {
        outputs,
        kernel_h: kernel[0],
        kernel_w: kernel[1],
        start: wrapped(weightAt.start),
        group_step: wrapped(weightAt.group),
        output_step: wrapped(weightAt.output),
        channel_step: wrapped(weightAt.channel),
        row_step: wrapped(weightAt.row),
        column_step: wrapped(weightAt.column),
      },
      workgroups: [Math.ceil(outputs / 64), quads, groups],
      work: { bytes: weight.bytes + packed.bytes },
    }),
  );
  return { texels, count: groups * group, group };
}

/** Forward pass or input gradient: rows are outputs, columns pixels, and a texel holds four channels at one tap. */
export function correlatePacked(gpu: Gpu, { x, weight, bias, y }: CorrelationBuffers, size: Correlation): void {
  const { batch, groups, channels, outputs, grid, kernel, stride, dilation, first, step } = size;
  const quads = channels / 4;
  const a = packWeights(gpu, weight, size);
  const planes = batch * groups * channels;
  const b = packPicture(gpu, x, { planes, size: size.xSize, grid, kernel, stride, dilation, pad: size.pad }, quads);
  const plane = b.height * b.width;
  const [yHeight, yWidth] = size.ySize;
  const area = yHeight * yWidth;
  const taps = kernel[0] * kernel[1];
  const count = batch * grid[0] * grid[1];
  multiplyPacked(gpu, {
    name: `conv2d.${size.pass}`,
    a,
    b,
    bias,
    y,
    rows: line(outputs, 1, area),
    columns: {
      count,
      middle: grid[0],
      inner: grid[1],
      u: [groups * quads * plane, b.stride[0] * b.width, b.stride[1], b.start],
      v: [groups * outputs * area, step[0] * yWidth, step[1], first[0] * yWidth + first[1]],
    },
    terms: {
      count: quads * taps,
      middle: kernel[0],
      inner: kernel[1],
      u: [taps * outputs, kernel[1] * outputs, outputs, 0],
      v: [plane, dilation[0] * b.width, dilation[1], 0],
    },
    groups,
    yGroup: outputs * area,
    chunks: 1,
    chunkTerms: quads * taps,
    yChunk: 0,
    biasStride: { row: 1, column: 0, group: outputs },
    flops: 2 * groups * outputs * count * channels * taps,
  });
  a.texels.release();
  b.texels.release();
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

/** Whether `weightGradientPacked` can compute these parts. */
export function packsParts(gpu: Gpu, parts: Parts): boolean {
  const { inChannels, outChannels, groups } = parts.shape;
  const { gy, x } = walksOf(parts);
  return packsPicture(gpu, inChannels / groups, x) && packsPicture(gpu, outChannels / groups, gy);
}

/** Weight gradient: rows are outputs, columns taps of channels, and a texel holds four of them at one pixel. */
export function weightGradientPacked(gpu: Gpu, parts: Parts): void {
  const { x, gy, partial, shape, chunks, rows } = parts;
  const { batch, groups, kernel, dilation, outHeight, outWidth } = shape;
  const [channels, outputs] = [shape.inChannels / groups, shape.outChannels / groups];
  const [xQuads, yQuads] = [channels / 4, outputs / 4];
  const walks = walksOf(parts);
  const a = packPicture(gpu, gy, walks.gy, yQuads);
  const b = packPicture(gpu, x, walks.x, xQuads);
  const plane = b.height * b.width;
  const area = outHeight * outWidth;
  const taps = kernel[0] * kernel[1];
  multiplyPacked(gpu, {
    name: 'conv2d.weightGradient',
    a,
    b,
    y: partial,
    rows: line(yQuads, area, 4 * channels * taps),
    columns: {
      count: xQuads * taps,
      middle: kernel[0],
      inner: kernel[1],
      u: [plane, dilation[0] * b.width, dilation[1], b.start],
      v: [4 * taps, kernel[1], 1, 0],
    },
    terms: {
      count: batch * area,
      middle: outHeight,
      inner: outWidth,
      u: [groups * yQuads * area, outWidth, 1, 0],
      v: [groups * xQuads * plane, b.stride[0] * b.width, b.stride[1], 0],
    },
    groups,
    yGroup: outputs * channels * taps,
    chunks,
    chunkTerms: rows * outWidth,
    yChunk: shape.outChannels * channels * taps,
    across: { rowStep: channels * taps, columnStep: taps },
    flops: 2 * groups * outputs * channels * taps * batch * area,
  });
  a.texels.release();
  b.texels.release();
}

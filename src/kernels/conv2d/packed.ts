/** Passes as products of packed factors, where channels come in fours (../matmul/packed.wgsl). */
import { defineKernel, type Gpu, linearWorkgroups } from '../../gpu/index.ts';
import { line, wrapped } from '../matmul/lattice.ts';
import { multiplyPacked, type Packed } from '../matmul/packed.ts';
import type { Operand } from '../slices.ts';
import type { Correlation, CorrelationBuffers } from './correlate.ts';
import packPictureSource from './pack-picture.wgsl';
import packWeightsSource from './pack-weights.wgsl';
import { type Frame, frameOf } from './pad.ts';
import type { Pair } from './shape.ts';
import type { Parts } from './weight-gradient.ts';

const pictureKernel = defineKernel({ name: 'conv2d.packPicture', source: packPictureSource });
const weightsKernel = defineKernel({ name: 'conv2d.packWeights', source: packWeightsSource });

/** Picture planes in fours, with zeros around them as the frame says; `quads` fours a group. */
function packPicture(gpu: Gpu, x: Operand, planes: number, size: Pair, frame: Frame, quads: number): Packed {
  const { height, width, before } = frame;
  const count = planes * height * width;
  const texels = gpu.allocTexels(count + 1, 'conv2d packed picture');
  gpu.dispatch(pictureKernel, {
    buffers: { x, packed: texels },
    sizes: {
      planes,
      x_height: size[0],
      x_width: size[1],
      height,
      width,
      before_h: before[0],
      before_w: before[1],
    },
    workgroups: linearWorkgroups(count + 1, 64),
    work: { bytes: x.bytes + texels.bytes },
  });
  return { texels, count, group: quads * height * width };
}

function packWeights(gpu: Gpu, weight: CorrelationBuffers['weight'], size: Correlation): Packed {
  const { groups, channels, outputs, kernel, weightAt } = size;
  const quads = channels / 4;
  const group = quads * kernel[0] * kernel[1] * outputs;
  const texels = gpu.allocTexels(groups * group + 1, 'conv2d packed weights');
  gpu.dispatch(weightsKernel, {
    buffers: { weight, packed: texels },
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
    work: { bytes: weight.bytes + texels.bytes },
  });
  return { texels, count: groups * group, group };
}

/** Forward pass or input gradient: rows are outputs, columns pixels, and a texel holds four channels at one tap. */
export function correlatePacked(gpu: Gpu, { x, weight, bias, y }: CorrelationBuffers, size: Correlation): void {
  const { batch, groups, channels, outputs, grid, kernel, stride, dilation, first, step } = size;
  const quads = channels / 4;
  const frame = frameOf({
    planes: batch * groups * quads,
    size: size.xSize,
    grid,
    kernel,
    stride,
    dilation,
    pad: size.pad,
  });
  const a = packWeights(gpu, weight, size);
  const b = packPicture(gpu, x, batch * groups * quads, size.xSize, frame, quads);
  const plane = frame.height * frame.width;
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
      u: [groups * quads * plane, stride[0] * frame.width, stride[1], frame.start[0] * frame.width + frame.start[1]],
      v: [groups * outputs * area, step[0] * yWidth, step[1], first[0] * yWidth + first[1]],
    },
    terms: {
      count: quads * taps,
      middle: kernel[0],
      inner: kernel[1],
      u: [taps * outputs, kernel[1] * outputs, outputs, 0],
      v: [plane, dilation[0] * frame.width, dilation[1], 0],
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

/** Weight gradient: rows are outputs, columns taps of channels, and a texel holds four of them at one pixel. */
export function weightGradientPacked(gpu: Gpu, { x, gy, partial, shape, chunks, rows }: Parts): void {
  const { batch, groups, kernel, stride, dilation, padding, outHeight, outWidth } = shape;
  const [channels, outputs] = [shape.inChannels / groups, shape.outChannels / groups];
  const [xQuads, yQuads] = [channels / 4, outputs / 4];
  const size: Pair = [shape.height, shape.width];
  const grid: Pair = [outHeight, outWidth];
  const xPlanes = batch * groups * xQuads;
  const frame = frameOf({ planes: xPlanes, size, grid, kernel, stride, dilation, pad: padding });
  const whole: Frame = { height: outHeight, width: outWidth, before: [0, 0], start: [0, 0], inside: true };
  const a = packPicture(gpu, gy, batch * groups * yQuads, grid, whole, yQuads);
  const b = packPicture(gpu, x, xPlanes, size, frame, xQuads);
  const plane = frame.height * frame.width;
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
      u: [plane, dilation[0] * frame.width, dilation[1], frame.start[0] * frame.width + frame.start[1]],
      v: [4 * taps, kernel[1], 1, 0],
    },
    terms: {
      count: batch * area,
      middle: outHeight,
      inner: outWidth,
      u: [groups * yQuads * area, outWidth, 1, 0],
      v: [groups * xQuads * plane, stride[0] * frame.width, stride[1], 0],
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

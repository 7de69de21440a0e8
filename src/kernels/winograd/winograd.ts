/**
 * Winograd's F(4×4, 3×3) for convolutions with a 3 × 3 kernel and a stride of one: the forward pass, the gradient of the
 * input and, as F(3×3, 4×4), that of the weights.
 *
 *   pictures → 36 packed factors ┐
 *                                ├ 36 products (../matmul/panel-product.ts) → pixels or weights
 *   weights  → 36 packed factors ┘
 *
 * A quarter of the multiply–adds of the direct sums, for the transforms. Pictures go slice by slice, so that scratch memory
 * stays within bounds. Sums run over channels, those of the weights over the tiles of a slice and then over slices, in an
 * order that the shape alone determines.
 *
 * Reached in ResNet-18's layers at 224² (direct sums in brackets), counted in the multiply–adds of these and as shares of
 * the peak: on lavapipe 54 to 77 % (48 to 53 %) with 64 channels, 69 to 78 % (43 to 58 %) with 128, with 256 at batch 16
 * 79 to 86 % (43 to 46 %); on SwiftShader 77 to 96 % (43 to 59 %) with 64 and 128 channels.
 */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups, SCALAR_BYTES } from '../../gpu/index.ts';
import type { Conv2dShape, Pair } from '../conv2d/shape.ts';
import { inPanels, packedLength, packedStep, quads, resultStep } from '../matmul/panel-layout.ts';
import {
  choosePacking,
  type Factor,
  type Packing,
  type PanelPacking,
  packPanels,
  panelProduct,
} from '../matmul/panel-product.ts';
import { type Operand, sliceOf } from '../slices.ts';
import gradientSource from './gradient.wgsl';
import outputSource from './output.wgsl';
import pictureSource from './picture.wgsl';
import prelude from './points.wgsl';
import { POINTS, type Tiling, tilingOf, winogradSlices } from './tiles.ts';
import weightSource from './weight.wgsl';
import weightOutputSource from './weight-output.wgsl';

const pictureKernel = defineKernel({ name: 'winograd.picture', source: pictureSource, prelude });
const gradientKernel = defineKernel({ name: 'winograd.gradient', source: gradientSource, prelude });
const weightKernel = defineKernel({ name: 'winograd.weight', source: weightSource, prelude });
const outputKernel = defineKernel({ name: 'winograd.output', source: outputSource, prelude });
const weightOutputKernel = defineKernel({ name: 'winograd.weightOutput', source: weightOutputSource, prelude });

/** What takes the place of choices by adapter and shape, for tests. */
export interface Forced {
  packing?: Packing | undefined;
  /** Bytes of scratch memory from which a batch is cut. */
  sliceBytes?: number | undefined;
}

interface Picture {
  x: Operand;
  channels: number;
  size: Pair;
  pad: Pair;
  tiles: Tiling;
}

/** Windows of a picture, transformed: rows are windows and terms channels, or the other way round. */
function transformedPicture(
  gpu: Gpu,
  { x, channels, size, pad, tiles }: Picture,
  termsAre: 'channels' | 'windows',
): PanelPacking {
  const [rows, terms] = termsAre === 'channels' ? [tiles.count, channels] : [channels, tiles.count];
  const write = (packed: Operand) =>
    gpu.dispatch(pictureKernel, {
      buffers: { x, packed },
      sizes: {
        windows: tiles.count,
        channels,
        windows_are_terms: termsAre === 'windows' ? 1 : 0,
        rows: inPanels(rows),
        quads: quads(terms),
        step: packedStep(rows, terms),
        down: tiles.down,
        across: tiles.across,
        height: size[0],
        width: size[1],
        before_h: pad[0],
        before_w: pad[1],
      },
      workgroups: linearWorkgroups(packedLength(rows, terms), 64),
    });
  return { products: POINTS, rows, terms, label: 'winograd picture', write };
}

interface Kernels {
  weight: GpuBuffer;
  outputs: number;
  channels: number;
  /** Elements from the first tap to that of the next output, channel and tap. */
  start: number;
  output: number;
  channel: number;
  tap: number;
}

function transformedWeights(gpu: Gpu, { weight, outputs, channels, ...at }: Kernels): PanelPacking {
  const write = (packed: Operand) =>
    gpu.dispatch(weightKernel, {
      buffers: { weight, packed },
      sizes: {
        outputs,
        channels,
        rows: inPanels(outputs),
        quads: quads(channels),
        step: packedStep(outputs, channels),
        ...at,
      },
      workgroups: linearWorkgroups(packedLength(outputs, channels), 64),
    });
  return { products: POINTS, rows: outputs, terms: channels, label: 'winograd weights', write };
}

interface Correlation {
  x: Operand;
  bias?: GpuBuffer | undefined;
  y: Operand;
  images: number;
  channels: number;
  outputs: number;
  xSize: Pair;
  ySize: Pair;
  pad: Pair;
}

/** y = x ∗ weight + bias, a few pictures at a time. Weights are packed once, beside the pictures if these come all at once. */
function correlate(gpu: Gpu, weights: PanelPacking, slices: readonly Correlation[], packing: Packing): void {
  const apart = slices.length > 1 ? packPanels(gpu, packing, [weights] as const) : null;
  for (const slice of slices) {
    const { x, channels, xSize: size, ySize, pad, images } = slice;
    const tiles = tilingOf(images, ySize);
    const picture = transformedPicture(gpu, { x, channels, size, pad, tiles }, 'channels');
    if (apart) {
      const { factors, release } = packPanels(gpu, packing, [picture] as const);
      multiply(gpu, slice, tiles, [factors[0], apart.factors[0]], packing);
      release();
    } else {
      const { factors, release } = packPanels(gpu, packing, [picture, weights] as const);
      multiply(gpu, slice, tiles, factors, packing);
      release();
    }
  }
  apart?.release();
}

/** The products of packed pictures and weights, and from them y. */
function multiply(
  gpu: Gpu,
  { x, bias, y, channels, outputs, ySize }: Correlation,
  tiles: Tiling,
  [a, b]: readonly [Factor, Factor],
  packing: Packing,
): void {
  const [rows, columns] = [tiles.count, outputs];
  const products = gpu.alloc(4 * POINTS * resultStep(rows, columns), 'winograd products');
  panelProduct(gpu, { a, b, y: products, products: POINTS, rows, columns, terms: channels, packing });
  gpu.dispatch(outputKernel.with({ HAS_BIAS: bias ? 1 : 0 }), {
    buffers: { products, bias: bias ?? x, y },
    sizes: {
      tiles: tiles.count,
      outputs,
      pitch: inPanels(rows),
      step: resultStep(rows, columns),
      down: tiles.down,
      across: tiles.across,
      height: ySize[0],
      width: ySize[1],
    },
    workgroups: linearWorkgroups(outputs * tiles.count, 64),
  });
  products.release();
}

export interface WinogradForward extends Forced {
  x: GpuBuffer;
  weight: GpuBuffer;
  bias?: GpuBuffer | undefined;
  /** Overwritten. */
  y: GpuBuffer;
  shape: Conv2dShape;
}

/** y = x ∗ weight + bias. */
export function winogradForward(
  gpu: Gpu,
  { x, weight, bias, y, shape, packing = choosePacking(gpu), sliceBytes }: WinogradForward,
): void {
  const { batch, inChannels: channels, outChannels: outputs } = shape;
  const [xSize, ySize] = sizes(shape);
  const [xBytes, yBytes] = pictureBytes(shape, SCALAR_BYTES[x.scalar]);
  const kernels = { weight, outputs, channels, start: 0, output: 9 * channels, channel: 9, tap: 1 };
  const slices = winogradSlices(shape, 'forward', sliceBytes).map(
    (slice): Correlation => ({
      x: sliceOf(x, slice, batch, xBytes),
      bias,
      y: sliceOf(y, slice, batch, yBytes),
      images: slice.count,
      channels,
      outputs,
      xSize,
      ySize,
      pad: shape.padding,
    }),
  );
  correlate(gpu, transformedWeights(gpu, kernels), slices, packing);
}

export interface WinogradInputGradient extends Forced {
  gy: GpuBuffer;
  weight: GpuBuffer;
  /** Overwritten. */
  gx: GpuBuffer;
  shape: Conv2dShape;
}

/** gx: the gradient of the input from that of the output, which is walked with the kernel turned round. */
export function winogradInputGradient(
  gpu: Gpu,
  { gy, weight, gx, shape, packing = choosePacking(gpu), sliceBytes }: WinogradInputGradient,
): void {
  const { batch, inChannels: outputs, outChannels: channels, padding } = shape;
  const [xSize, ySize] = sizes(shape);
  const [xBytes, yBytes] = pictureBytes(shape, SCALAR_BYTES[gy.scalar]);
  const kernels = { weight, outputs, channels, start: 8, output: 9, channel: 9 * outputs, tap: -1 };
  const slices = winogradSlices(shape, 'inputGradient', sliceBytes).map(
    (slice): Correlation => ({
      x: sliceOf(gy, slice, batch, yBytes),
      y: sliceOf(gx, slice, batch, xBytes),
      images: slice.count,
      channels,
      outputs,
      xSize: ySize,
      ySize: xSize,
      pad: [2 - padding[0], 2 - padding[1]],
    }),
  );
  correlate(gpu, transformedWeights(gpu, kernels), slices, packing);
}

export interface WinogradWeightGradient extends Forced {
  x: GpuBuffer;
  gy: GpuBuffer;
  /** Overwritten, or added to with `accumulate`. */
  gweight: GpuBuffer;
  shape: Conv2dShape;
  accumulate?: boolean;
}

/** gweight: the gradient of the weights from that of the output, a sum over the tiles of all pictures. */
export function winogradWeightGradient(gpu: Gpu, gradient: WinogradWeightGradient): void {
  const { shape, accumulate = false } = gradient;
  const [xBytes, yBytes] = pictureBytes(shape, SCALAR_BYTES[gradient.x.scalar]);
  for (const slice of winogradSlices(shape, 'weightGradient', gradient.sliceBytes)) {
    sliceWeightGradient(gpu, {
      ...gradient,
      x: sliceOf(gradient.x, slice, shape.batch, xBytes),
      gy: sliceOf(gradient.gy, slice, shape.batch, yBytes),
      shape: { ...shape, batch: slice.count },
      accumulate: accumulate || slice.first > 0,
    });
  }
}

type SliceWeightGradient = Omit<WinogradWeightGradient, 'x' | 'gy'> & { x: Operand; gy: Operand };

function sliceWeightGradient(
  gpu: Gpu,
  { x, gy, gweight, shape, accumulate = false, packing = choosePacking(gpu) }: SliceWeightGradient,
): void {
  const { inChannels: channels, outChannels: outputs, padding: pad } = shape;
  const [xSize, ySize] = sizes(shape);
  const tiles = tilingOf(shape.batch, ySize);
  const pictures = transformedPicture(gpu, { x, channels, size: xSize, pad, tiles }, 'windows');
  const gradients = transformedGradient(gpu, { gy, outputs, size: ySize, tiles });
  const { factors, release } = packPanels(gpu, packing, [pictures, gradients] as const);
  const [rows, columns] = [channels, outputs];
  const products = gpu.alloc(4 * POINTS * resultStep(rows, columns), 'winograd products');
  const [a, b] = factors;
  panelProduct(gpu, { a, b, y: products, products: POINTS, rows, columns, terms: tiles.count, packing });
  release();
  gpu.dispatch(weightOutputKernel.with({ ACCUMULATE: accumulate ? 1 : 0 }), {
    buffers: { products, gweight },
    sizes: { outputs, channels, pitch: inPanels(rows), step: resultStep(rows, columns) },
    workgroups: linearWorkgroups(outputs * channels, 64),
  });
  products.release();
}

/** Tiles of the output gradient, transformed: rows are outputs, terms tiles. */
function transformedGradient(
  gpu: Gpu,
  { gy, outputs, size, tiles }: { gy: Operand; outputs: number; size: Pair; tiles: Tiling },
): PanelPacking {
  const write = (packed: Operand) =>
    gpu.dispatch(gradientKernel, {
      buffers: { gy, packed },
      sizes: {
        tiles: tiles.count,
        channels: outputs,
        rows: inPanels(outputs),
        quads: quads(tiles.count),
        step: packedStep(outputs, tiles.count),
        down: tiles.down,
        across: tiles.across,
        height: size[0],
        width: size[1],
      },
      workgroups: linearWorkgroups(packedLength(outputs, tiles.count), 64),
    });
  return { products: POINTS, rows: outputs, terms: tiles.count, label: 'winograd output gradient', write };
}

const sizes = (shape: Conv2dShape): [x: Pair, y: Pair] => [
  [shape.height, shape.width],
  [shape.outHeight, shape.outWidth],
];

/** Bytes of a picture of x and of y. */
function pictureBytes(shape: Conv2dShape, each: number): [x: number, y: number] {
  return [
    each * shape.inChannels * shape.height * shape.width,
    each * shape.outChannels * shape.outHeight * shape.outWidth,
  ];
}

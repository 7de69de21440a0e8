/** Copies of tensors along other walks: axes permuted, cut, repeated, set into larger ones. */
import { type BufferView, defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { catForward } from '../cat/cat.ts';
import { voxelCount } from '../shape.ts';
import { ALIGNMENT, elementBytes, elementsOf, type Operand } from '../slices.ts';
import { asVec4 } from '../vec4.ts';
import embedSource from './embed.wgsl';
import gatherSource from './gather.wgsl';
import { bandsOf, outermost, piecesOf, reachOf, runsAlong } from './pieces.ts';

const gatherKernel = defineKernel({ name: 'strided.gather', source: gatherSource });
const embedKernel = defineKernel({ name: 'strided.embed', source: embedSource });

/** Axes that the kernels walk, after merging: so many and an outer one. */
const INNER_AXES = 5;

/** Elements from one index to the next along each axis of a contiguous tensor. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** Fields of the kernels' uniform block, `size0` … `size4`, and `size_outer` where the block has it, and constants. */
function fields<Axis>(axes: readonly Axis[], parts: Record<string, (axis: Axis) => number>, filler: Axis) {
  const rank = Math.max(1, axes.length - 1);
  const sizes: Record<string, number> = {};
  for (const [name, part] of Object.entries(parts)) {
    for (let i = 0; i < INNER_AXES; i++) sizes[`${name}${i}`] = part(i < rank ? (axes[i] ?? filler) : filler);
    if (name !== 'size') sizes[`${name}_outer`] = part(axes[rank] ?? filler);
  }
  return { sizes, constants: { RANK: rank } };
}

function refuseAxes(shape: readonly number[], count: number): void {
  if (count <= INNER_AXES + 1) return;
  throw new UserError(
    `a tensor of shape [${shape.join(', ')}] is walked along ${count} separate axes; at most ${INNER_AXES + 1} are possible`,
  );
}

/** A walk over a tensor: the result's shape and how far each of its axes goes in the source. */
export interface Walk {
  shape: readonly number[];
  /** Elements of the source from one index to the next; 0 repeats, negative ones run backwards. */
  steps: readonly number[];
  /** The source's element at index 0 of all axes. */
  start: number;
}

interface WalkedAxis {
  size: number;
  step: number;
}

/** Axes of more than one index, innermost first; neighbours that are walked as one are merged. */
function mergedWalk({ shape, steps }: Walk): WalkedAxis[] {
  const axes: WalkedAxis[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    const axis = { size: shape[i] as number, step: steps[i] as number };
    if (axis.size === 1) continue;
    const inner = axes.at(-1);
    if (inner && axis.step === inner.step * inner.size) inner.size *= axis.size;
    else axes.push(axis);
  }
  refuseAxes(shape, axes.length);
  return axes;
}

/**
 * y = the elements of x in the order of a walk; y is a contiguous tensor of the walk's shape. What cannot be bound whole goes
 * in parts.
 */
export function gather(gpu: Gpu, { x, y, walk }: { x: GpuBuffer; y: GpuBuffer; walk: Walk }): void {
  if (voxelCount(walk.shape) === 0) return;
  if (Math.max(x.bytes, y.bytes) <= gpu.bindingBytes) {
    gatherPart(gpu, { x, y: asVec4(y), walk });
    return;
  }
  const pieces = piecesOf(walk, elementBytes(y), gpu.bindingBytes);
  if (!pieces) {
    gatherBands(gpu, { x, y, walk });
    return;
  }
  for (const piece of pieces) {
    const { low, high } = reachOf(piece.walk);
    const { part, skip } = elementsOf(x, low, high - low);
    const start = piece.walk.start - low + skip;
    writePart(gpu, y, piece.first, voxelCount(piece.walk.shape), (result) =>
      gatherPart(gpu, { x: part, y: result, walk: { ...piece.walk, start } }),
    );
  }
}

/**
 * Writes elements of y from `first` on: there where a binding can begin, else apart and by a copy. What the last vec4 writes
 * behind them comes before the next part.
 */
function writePart(gpu: Gpu, y: GpuBuffer, first: number, count: number, write: (part: BufferView) => void): void {
  const each = elementBytes(y);
  if ((first * each) % ALIGNMENT === 0) {
    write({ buffer: y, offset: first * each, bytes: Math.max(16, Math.ceil((count * each) / 16) * 16) });
    return;
  }
  const apart = gpu.allocNumbers(count, 'part of a tensor', y.scalar);
  write(asVec4(apart));
  gpu.copy(apart, y, count * each, 0, first * each);
  apart.release();
}

/** Bands of a walk each for itself, and from there into their places among the others. */
function gatherBands(gpu: Gpu, { x, y, walk }: { x: GpuBuffer; y: GpuBuffer; walk: Walk }): void {
  const bands = bandsOf(walk, elementBytes(y), gpu.bindingBytes);
  if (!bands) {
    throw new UserError(
      `a tensor of shape [${walk.shape.join(', ')}] is walked in steps of [${walk.steps.join(', ')}] elements, too scattered for parts of the ${gpu.bindingBytes} bytes that are bound at once; use smaller tensors`,
    );
  }
  for (const band of bands) {
    const part = gpu.allocNumbers(voxelCount(band.walk.shape), 'band of a tensor', y.scalar);
    gather(gpu, { x, y: part, walk: band.walk });
    const inner = voxelCount(walk.shape.slice(band.axis + 1));
    const [size, count] = [walk.shape[band.axis] as number, band.walk.shape[band.axis] as number];
    const rows = voxelCount(walk.shape.slice(0, band.axis));
    catForward(gpu, {
      x: part,
      y,
      piece: { rows, run: count * inner, row: size * inner, start: band.first * inner },
    });
    part.release();
  }
}

function gatherPart(gpu: Gpu, { x, y, walk }: { x: Operand; y: BufferView; walk: Walk }): void {
  const n = voxelCount(walk.shape);
  const axes = mergedWalk(walk);
  const parts = { size: (axis: WalkedAxis) => axis.size, step: (axis: WalkedAxis) => axis.step >>> 0 };
  const { sizes, constants } = fields(axes, parts, { size: 1, step: 0 });
  gpu.dispatch(gatherKernel.with(constants), {
    buffers: { x, y },
    sizes: { n, start: walk.start, ...sizes },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 8 * n },
  });
}

/** A tensor set into another. */
export interface Embedding {
  /** Shape of the source. */
  inner: readonly number[];
  /** Shape of the result. */
  shape: readonly number[];
  /** Where the source's first index comes to lie along each axis; outside where negative. */
  starts: readonly number[];
  /** Distance of the source's elements in the result, at least 1. */
  steps?: readonly number[];
  /** What lies between and around them; 0 where left out. */
  value?: number;
}

interface EmbeddedAxis {
  size: number;
  inner: number;
  start: number;
  step: number;
}

const isFilled = ({ size, inner, start, step }: EmbeddedAxis) => size === inner && start === 0 && step === 1;

/** Axes, innermost first; one that the source fills is merged with the next one outwards. */
function mergedEmbedding({ inner, shape, starts, steps }: Embedding): EmbeddedAxis[] {
  const axes: EmbeddedAxis[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    const [size, from, start, step] = [shape[i], inner[i], starts[i], steps?.[i] ?? 1] as [
      number,
      number,
      number,
      number,
    ];
    const last = axes.at(-1);
    if (last && isFilled(last) && step === 1) {
      axes[axes.length - 1] = { size: size * last.size, inner: from * last.size, start: start * last.size, step: 1 };
    } else if (size !== 1 || from !== 1 || start !== 0) {
      axes.push({ size, inner: from, start, step });
    }
  }
  refuseAxes(shape, axes.length);
  return axes;
}

/** y = x with `value` between and around its elements, or cut where it reaches beyond y. Goes in parts as `gather` does. */
export function embed(gpu: Gpu, { x, y, embedding }: { x: GpuBuffer; y: GpuBuffer; embedding: Embedding }): void {
  if (voxelCount(embedding.shape) === 0) return;
  if (Math.max(x.bytes, y.bytes) > gpu.bindingBytes) embedInParts(gpu, { x, y, embedding });
  else embedPart(gpu, { x, first: 0, y: asVec4(y), embedding });
}

/** Runs of the result's outermost axis, each with those elements of x that lie in it. */
function embedInParts(gpu: Gpu, { x, y, embedding }: { x: GpuBuffer; y: GpuBuffer; embedding: Embedding }): void {
  const { inner, shape, starts } = embedding;
  const axis = outermost(shape);
  const [from, start, step] = [inner[axis] ?? 1, starts[axis] ?? 0, embedding.steps?.[axis] ?? 1];
  const [rowOfX, rowOfY] = [voxelCount(inner) / from, voxelCount(shape) / (shape[axis] ?? 1)];
  const each = elementBytes(y);
  const index = (o: number) => Math.min(from, Math.max(0, Math.ceil((o - start) / step)));
  const limit = gpu.bindingBytes;
  const fits = (first: number, count: number) =>
    count * rowOfY * each <= limit && (index(first + count) - index(first)) * rowOfX * each <= limit - ALIGNMENT;
  const runs = runsAlong(shape, each, fits);
  const isOuter = shape.slice(0, axis).every((_, i) => inner[i] === 1 && starts[i] === 0);
  if (axis < 0 || !isOuter || !runs.every(({ first, count }) => fits(first, count))) {
    throw new UserError(
      `a tensor of shape [${inner.join(', ')}] set into one of [${shape.join(', ')}] cannot be cut into parts of the ${limit} bytes that are bound at once; use smaller tensors`,
    );
  }
  for (const { first, count } of runs) {
    const [low, high] = [index(first), index(first + count)];
    const { part, skip } = high > low ? elementsOf(x, low * rowOfX, (high - low) * rowOfX) : elementsOf(x, 0, 1);
    const ofRun = {
      ...embedding,
      inner: inner.with(axis, high - low),
      shape: shape.with(axis, count),
      starts: starts.with(axis, start + low * step - first),
    };
    writePart(gpu, y, first * rowOfY, count * rowOfY, (result) =>
      embedPart(gpu, { x: part, first: skip, y: result, embedding: ofRun }),
    );
  }
}

function embedPart(
  gpu: Gpu,
  { x, first, y, embedding }: { x: Operand; first: number; y: BufferView; embedding: Embedding },
): void {
  const n = voxelCount(embedding.shape);
  const axes = mergedEmbedding(embedding);
  const parts = {
    size: (axis: EmbeddedAxis) => axis.size,
    inner: (axis: EmbeddedAxis) => axis.inner,
    start: (axis: EmbeddedAxis) => axis.start,
    step: (axis: EmbeddedAxis) => axis.step,
  };
  const { sizes, constants } = fields(axes, parts, { size: 1, inner: 1, start: 0, step: 1 });
  gpu.dispatch(embedKernel.with(constants), {
    buffers: { x, y },
    sizes: { n, value: embedding.value ?? 0, first, ...sizes },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 4 * (n + voxelCount(embedding.inner)) },
  });
}

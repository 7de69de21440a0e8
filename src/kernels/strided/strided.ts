/** Copies of tensors along other walks: axes permuted, cut, repeated, set into larger ones. */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { UserError } from '../../util/errors.ts';
import { voxelCount } from '../shape.ts';
import { asVec4 } from '../vec4.ts';
import embedSource from './embed.wgsl';
import gatherSource from './gather.wgsl';

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

/** y = the elements of x in the order of a walk; y is a contiguous tensor of the walk's shape. */
export function gather(gpu: Gpu, { x, y, walk }: { x: GpuBuffer; y: GpuBuffer; walk: Walk }): void {
  const n = voxelCount(walk.shape);
  if (n === 0) return;
  const axes = mergedWalk(walk);
  const parts = { size: (axis: WalkedAxis) => axis.size, step: (axis: WalkedAxis) => axis.step >>> 0 };
  const { sizes, constants } = fields(axes, parts, { size: 1, step: 0 });
  gpu.dispatch(gatherKernel.with(constants), {
    buffers: { x, y: asVec4(y) },
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

/** y = x with `value` between and around its elements, or cut where it reaches beyond y. */
export function embed(gpu: Gpu, { x, y, embedding }: { x: GpuBuffer; y: GpuBuffer; embedding: Embedding }): void {
  const n = voxelCount(embedding.shape);
  if (n === 0) return;
  const axes = mergedEmbedding(embedding);
  const parts = {
    size: (axis: EmbeddedAxis) => axis.size,
    inner: (axis: EmbeddedAxis) => axis.inner,
    start: (axis: EmbeddedAxis) => axis.start,
    step: (axis: EmbeddedAxis) => axis.step,
  };
  const { sizes, constants } = fields(axes, parts, { size: 1, inner: 1, start: 0, step: 1 });
  gpu.dispatch(embedKernel.with(constants), {
    buffers: { x, y: asVec4(y) },
    sizes: { n, value: embedding.value ?? 0, ...sizes },
    workgroups: linearWorkgroups(n, 256),
    work: { bytes: 4 * (n + voxelCount(embedding.inner)) },
  });
}

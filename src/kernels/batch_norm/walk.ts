/** How the kernels of batch norm walk over planes: by vec4s where a plane is made of whole ones, else by single elements. */
import { type Constants, defineKernel, type Gpu, type GpuBuffer, type Kernel } from '../../gpu/index.ts';
import { inRows, type RowParts, type Rows } from '../slices.ts';

/** Elements that one invocation takes of a channel whose sum is wanted, and of a plane. */
const PART = 256;
const RUN = 64;
/** Most parts of a channel in one dispatch. */
const PARTS = 1024;

/** x and y are [batch, channels, area]. */
export interface BatchNormShape {
  batch: number;
  channels: number;
  area: number;
}

export const elements = ({ batch, channels, area }: BatchNormShape): number => batch * channels * area;

const widthOf = ({ area }: BatchNormShape): 1 | 4 => (area % 4 === 0 ? 4 : 1);

const TYPES = {
  1: 'alias Stored = Scalar; alias Value = f32; alias Bits = u32; fn total(v: Value) -> f32 { return v; }',
  4: 'alias Stored = vec4<Scalar>; alias Value = vec4f; alias Bits = vec4u; fn total(v: Value) -> f32 { return (v.x + v.y) + (v.z + v.w); }',
} as const;

/** A kernel for each width, with what it shares with others put ahead. */
export function planeKernel(
  name: string,
  source: string,
  ...shared: string[]
): (shape: BatchNormShape, constants?: Constants) => Kernel {
  const kernels = {
    1: defineKernel({ name, source, prelude: [TYPES[1], ...shared].join('\n') }),
    4: defineKernel({ name, source, prelude: [TYPES[4], ...shared].join('\n') }),
  };
  return (shape, constants = {}) => kernels[widthOf(shape)].with({ ...constants, WIDTH: widthOf(shape) });
}

/** Runs of pictures of tensors [batch, channels, area] that can be bound at once. */
export function inPictures<Name extends string>(
  gpu: Gpu,
  { batch, channels, area }: BatchNormShape,
  tensors: Record<Name, GpuBuffer>,
): RowParts<Name>[] {
  const rows = Object.entries<GpuBuffer>(tensors).map(([name, buffer]) => [name, { buffer, row: channels * area }]);
  return inRows(gpu, batch, Object.fromEntries(rows) as Record<Name, Rows>);
}

/** Places of a plane: vec4s or elements. */
export function lengthOf(shape: BatchNormShape): number {
  return shape.area / widthOf(shape);
}

/** Into how many parts a channel's sums over a slice are cut, never finer than a plane's places allow. */
export function partsOf(pictures: number, shape: BatchNormShape): number {
  return Math.max(1, Math.min(lengthOf(shape), PARTS, Math.ceil((pictures * shape.area) / PART)));
}

/** Lanes in which a channel's parts are summed. */
export function lanesOf(parts: number): number {
  return parts > 32 ? 16 : 1;
}

/** Most parts that one workgroup joins; 4 KiB of workgroup memory. */
const WHOLE_PARTS = 256;
/** Elements of a channel from which several workgroups are better. */
const WHOLE_ELEMENTS = 2 ** 14;
/** Tensors that a kernel binds which does all of a pass at once. */
const WHOLE_TENSORS = 10;

/** Whether a workgroup does all of a pass for its channels, with the same bits as parts that are joined afterwards. */
export function isWhole(gpu: Gpu, shape: BatchNormShape): boolean {
  const { batch, area, channels } = shape;
  if (gpu.limits.maxStorageBuffersPerShaderStage < WHOLE_TENSORS) return false;
  if (batch * area > WHOLE_ELEMENTS || 4 * batch * channels * area > gpu.bindingBytes) return false;
  return partsOf(batch, shape) <= WHOLE_PARTS;
}

/** Most channels of such a workgroup, and about how many parts it takes of them together. */
const WHOLE_CHANNELS = 4;
const TOGETHER = 64;

/** Of a workgroup that does all of a pass: its parts a channel, the lanes that they are summed in, and its channels. */
export function wholeSizes(shape: BatchNormShape): { parts: number; lanes: number; each: number } {
  const parts = partsOf(shape.batch, shape);
  const each = Math.min(WHOLE_CHANNELS, Math.max(1, Math.floor(TOGETHER / parts)));
  return { parts, lanes: lanesOf(parts), each };
}

/**
 * Room of such a workgroup and its invocations: on processors those of one vector, which have the least to keep at a barrier
 * (1.5 times faster than 64 on lavapipe). Results do not depend on them.
 */
export function wholeConstants(gpu: Gpu): { PLACES: number; MOST: number; THREADS: number } {
  return { PLACES: WHOLE_PARTS, MOST: WHOLE_CHANNELS, THREADS: gpu.info.kind === 'hardware' ? 256 : 8 };
}

/** Into how many runs a plane is cut. */
export function runsOf(shape: BatchNormShape): number {
  return Math.max(1, Math.ceil(shape.area / RUN));
}

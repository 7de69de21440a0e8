/** How the kernels of batch norm walk over planes: by vec4s where a plane is made of whole ones, else by single elements. */
import { type Constants, defineKernel, type GpuBuffer, type Kernel } from '../../gpu/index.ts';
import { asVec4 } from '../vec4.ts';

/** Elements that one invocation takes of a channel whose sum is wanted, and of a plane. */
const PART = 64;
const RUN = 16;
/** Most parts of a channel. */
const PARTS = 4096;

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

/** A kernel for each width. */
export function planeKernel(name: string, source: string): (shape: BatchNormShape, constants?: Constants) => Kernel {
  const kernels = {
    1: defineKernel({ name, source, prelude: TYPES[1] }),
    4: defineKernel({ name, source, prelude: TYPES[4] }),
  };
  return (shape, constants = {}) => kernels[widthOf(shape)].with({ ...constants, WIDTH: widthOf(shape) });
}

/** The tensor as the kernels of its shape bind it. */
export function planesOf(buffer: GpuBuffer, shape: BatchNormShape) {
  return widthOf(shape) === 4 ? asVec4(buffer) : buffer;
}

/** Places of a plane: vec4s or elements. */
export function lengthOf(shape: BatchNormShape): number {
  return shape.area / widthOf(shape);
}

/** Into how many parts a channel's sums are cut: about 64 elements each, never finer than a plane's places allow. */
export function partsOf(shape: BatchNormShape): number {
  const { batch, area } = shape;
  return Math.max(1, Math.min(lengthOf(shape), PARTS, Math.ceil((batch * area) / PART)));
}

/** Invocations that join one channel's parts. */
export function lanesOf(parts: number): number {
  return parts > 32 ? 64 : 1;
}

/** Into how many runs of about 16 elements a plane is cut. */
export function runsOf(shape: BatchNormShape): number {
  return Math.max(1, Math.ceil(shape.area / RUN));
}

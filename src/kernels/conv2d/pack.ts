/** Packs the pictures and weights that products need together, in one dispatch (pack.wgsl). */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { wrapped } from '../matmul/lattice.ts';
import type { TexelPart } from '../matmul/pack-texels.ts';
import type { FactorSize } from '../matmul/packed.ts';
import type { Operand } from '../slices.ts';
import type { WeightStrides } from './correlate.ts';
import source from './pack.wgsl';
import type { Walk } from './pad.ts';
import type { Pair } from './shape.ts';

const kernel = defineKernel({ name: 'conv2d.pack', source });

/** What is packed of a picture: its pixels, `step` apart, from `before` ahead of its first one on; zeros outside. */
export interface Frame {
  height: number;
  width: number;
  before: Pair;
  step: Pair;
}

/** A picture to be packed: [images, groups, quads, height, width] texels of four channels at one pixel. */
export interface PictureJob {
  x: Operand;
  /** Any walk over it, for its planes and size. */
  walk: Walk;
  frame: Frame;
}

/** Weights to be packed: [groups, quads, taps, outputs] texels of four channels at one tap. */
export interface WeightsJob {
  weight: GpuBuffer;
  groups: number;
  quads: number;
  outputs: number;
  taps: number;
  weightAt: WeightStrides;
}

/** @param channels of a group */
export function pictureSize({ walk, frame: { height, width } }: PictureJob, channels: number): FactorSize {
  return { count: (walk.planes / 4) * height * width, group: (channels / 4) * height * width };
}

export function weightsSize({ groups, quads, outputs, taps }: WeightsJob): FactorSize {
  const group = quads * taps * outputs;
  return { count: groups * group, group };
}

/** Strips of eight columns, or of eight outputs, that a workgroup packs. */
const STRIPS = 8;

/** Queues the packing of some of up to two pictures and one set of weights. */
export function pack(
  gpu: Gpu,
  packed: GpuBuffer,
  parts: readonly TexelPart[],
  jobs: readonly (PictureJob | WeightsJob)[],
): void {
  const chosen = parts.map(({ part, first }) => ({ job: jobs[part] as PictureJob | WeightsJob, first }));
  const pictures = chosen.flatMap(({ job, first }) => ('walk' in job ? [{ ...job, first }] : []));
  const weights = chosen.flatMap(({ job, first }) => ('walk' in job ? [] : [{ ...job, first }]));
  const [a, b] = pictures;
  const [w] = weights;
  const any = a?.x ?? (w as WeightsJob).weight;
  const [a_groups, b_groups, w_groups] = [workgroupsOf(a), workgroupsOf(b), w ? weightWorkgroups(w) : 0];
  gpu.dispatch(kernel, {
    buffers: { a: any, b: b?.x ?? any, weight: w?.weight ?? any, packed },
    sizes: { a_groups, ...pictureSizes('a', a), b_groups, ...pictureSizes('b', b), ...weightSizes(w) },
    workgroups: linearWorkgroups(a_groups + b_groups + w_groups, 1),
    work: { bytes: packed.bytes + [a?.x, b?.x, w?.weight].reduce((sum, each) => sum + (each?.bytes ?? 0), 0) },
  });
}

/** One strip more than the planes have, for the texel of zeros. */
function workgroupsOf(job?: PictureJob): number {
  return job ? Math.ceil(((job.walk.planes / 4) * Math.ceil(job.frame.width / 8) + 1) / STRIPS) : 0;
}

const weightWorkgroups = ({ groups, quads, outputs }: WeightsJob): number =>
  groups * quads * Math.ceil(outputs / (8 * STRIPS));

function pictureSizes(name: 'a' | 'b', job?: PictureJob & { first: number }): Record<string, number> {
  const frame = job?.frame ?? { height: 0, width: 0, before: [0, 0], step: [0, 0] };
  const [xHeight, xWidth] = job?.walk.size ?? [0, 0];
  return {
    [`${name}_first`]: job?.first ?? 0,
    [`${name}_planes`]: job ? job.walk.planes / 4 : 0,
    [`${name}_x_height`]: xHeight,
    [`${name}_x_width`]: xWidth,
    [`${name}_height`]: frame.height,
    [`${name}_width`]: frame.width,
    [`${name}_step_h`]: frame.step[0],
    [`${name}_step_w`]: frame.step[1],
    [`${name}_before_h`]: wrapped(frame.before[0]),
    [`${name}_before_w`]: wrapped(frame.before[1]),
  };
}

function weightSizes(job?: WeightsJob & { first: number }): Record<string, number> {
  return {
    w_first: job?.first ?? 0,
    w_groups: job?.groups ?? 0,
    w_quads: job?.quads ?? 0,
    w_outputs: job?.outputs ?? 0,
    w_taps: job?.taps ?? 0,
    w_group_step: job?.weightAt.group ?? 0,
    w_output_step: job?.weightAt.output ?? 0,
    w_channel_step: job?.weightAt.channel ?? 0,
  };
}

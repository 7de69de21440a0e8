import { defineKernel, type Gpu, linearWorkgroups } from '../../gpu/index.ts';
import type { Operand } from '../slices.ts';
import source from './pad.wgsl';
import type { Pair } from './shape.ts';

const pad = defineKernel({ name: 'conv2d.pad', source });

/** How a kernel walks over a picture: `grid` places, `stride` apart, from `pad` before the picture's first pixel. */
export interface Walk {
  planes: number;
  size: Pair;
  grid: Pair;
  kernel: Pair;
  stride: Pair;
  dilation: Pair;
  pad: Pair;
}

/** A picture on which a walk never leaves the memory: its planes' size and the walk's first pixel. */
export interface Walkable {
  buffer: Operand;
  height: number;
  width: number;
  start: number;
  /** To be called when the last dispatch that reads it is queued. */
  release(): void;
}

/** The part of a padded picture that a walk meets: where the picture lies in it, and where the walk begins. */
export interface Frame {
  height: number;
  width: number;
  before: Pair;
  start: Pair;
  /** Whether the picture itself is large enough. */
  inside: boolean;
}

export function frameOf(walk: Walk): Frame {
  const axis = (d: 0 | 1) => {
    const before = Math.max(0, walk.pad[d]);
    const start = before - walk.pad[d];
    const needed = start + (walk.grid[d] - 1) * walk.stride[d] + (walk.kernel[d] - 1) * walk.dilation[d] + 1;
    return { before, start, needed, inside: before === 0 && needed <= walk.size[d] };
  };
  const [v, h] = [axis(0), axis(1)];
  const inside = v.inside && h.inside;
  const [height, width] = inside ? walk.size : [v.needed, h.needed];
  return { height, width, before: [v.before, h.before], start: [v.start, h.start], inside };
}

/** The picture itself where the walk stays inside, else a copy with zeros around it. */
export function walkable(gpu: Gpu, x: Operand, walk: Walk): Walkable {
  const { height, width: needed, before, start, inside } = frameOf(walk);
  if (inside) return { buffer: x, height, width: needed, start: start[0] * needed + start[1], release: () => {} };
  const fours = Math.ceil(needed / 4);
  const width = 4 * fours;
  const { scalar } = 'buffer' in x ? x.buffer : x;
  const buffer = gpu.allocNumbers(walk.planes * height * width, 'conv2d padded', scalar);
  gpu.dispatch(pad, {
    buffers: { x, padded: buffer },
    sizes: {
      planes: walk.planes,
      x_height: walk.size[0],
      x_width: walk.size[1],
      height,
      fours,
      before_h: before[0],
      before_w: before[1],
    },
    workgroups: linearWorkgroups(walk.planes * height * fours, 64),
    work: { bytes: x.bytes + buffer.bytes },
  });
  return { buffer, height, width, start: start[0] * width + start[1], release: () => buffer.release() };
}

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

/** The picture itself where the walk stays inside, else a copy with zeros around it. */
export function walkable(gpu: Gpu, x: Operand, walk: Walk): Walkable {
  const axis = (d: 0 | 1) => {
    const before = Math.max(0, walk.pad[d]);
    const first = before - walk.pad[d];
    const needed = first + (walk.grid[d] - 1) * walk.stride[d] + (walk.kernel[d] - 1) * walk.dilation[d] + 1;
    return { before, first, needed, inside: before === 0 && needed <= walk.size[d] };
  };
  const [vertical, horizontal] = [axis(0), axis(1)];
  if (vertical.inside && horizontal.inside) {
    const [height, width] = walk.size;
    return { buffer: x, height, width, start: vertical.first * width + horizontal.first, release: () => {} };
  }
  const height = vertical.needed;
  const fours = Math.ceil(horizontal.needed / 4);
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
      before_h: vertical.before,
      before_w: horizontal.before,
    },
    workgroups: linearWorkgroups(walk.planes * height * fours, 64),
    work: { bytes: x.bytes + buffer.bytes },
  });
  const release = () => buffer.release();
  return { buffer, height, width, start: vertical.first * width + horizontal.first, release };
}

/** Pictures of which only some pixels are seen, told by their places in an order. */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { inRows } from '../slices.ts';
import source from './uncover.wgsl';

const kernel = defineKernel({ name: 'uncover', source });

/** Ranks of pixels that are seen: from `first` up to, but without, `end`. */
export interface Shown {
  first: number;
  end: number;
}

/**
 * y[shown.length, channels, plane]: picture[channels, plane] once for each entry of `shown`, what it does not name being 0.
 * rank[plane] are unsigned whole numbers.
 */
export function uncover(
  gpu: Gpu,
  {
    picture,
    rank,
    y,
    channels,
    plane,
    shown,
  }: { picture: GpuBuffer; rank: GpuBuffer; y: GpuBuffer; channels: number; plane: number; shown: readonly Shown[] },
): void {
  const row = channels * plane;
  for (const { first, count, buffers } of inRows(gpu, shown.length, { y: { buffer: y, row } })) {
    const ranks = shown.slice(first, first + count).flatMap((each) => [each.first, each.end]);
    const list = gpu.upload(Uint32Array.from(ranks), 'shown ranks');
    gpu.dispatch(kernel, {
      buffers: { picture, rank, shown: list, ...buffers },
      sizes: { n: count * row, channels, plane },
      workgroups: linearWorkgroups(count * row, 256),
      work: { bytes: buffers.y.bytes },
    });
    list.release();
  }
}

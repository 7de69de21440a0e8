/** Maps of a layer as masks before a picture: enlarged to its size, scaled to [0, 1], multiplied with it. */
import { defineKernel, type Gpu, type GpuBuffer, linearWorkgroups } from '../../gpu/index.ts';
import { inRows } from '../slices.ts';
import applySource from './apply.wgsl';
import enlarged from './enlarged.wgsl';
import rangeSource from './range.wgsl';

const rangeKernel = defineKernel({ name: 'masks.range', source: rangeSource, prelude: enlarged });
const applyKernel = defineKernel({ name: 'masks.apply', source: applySource, prelude: enlarged });

/** maps [maps, mapHeight, mapWidth] before a picture [channels, height, width]. */
export interface MasksShape {
  maps: number;
  mapHeight: number;
  mapWidth: number;
  channels: number;
  height: number;
  width: number;
}

/** Where pixels of `outSize` lie among `size`, pixels being squares: the one before, and the share of the next. */
function placesOf(size: number, outSize: number): number[] {
  return Array.from({ length: outSize }, (_, o) => {
    const place = Math.min(size - 1, Math.max(0, ((o + 0.5) * size) / outSize - 0.5));
    const before = Math.floor(place);
    return [before, place - before];
  }).flat();
}

/** Maps with all that is needed to look through them. */
export interface Masks {
  shape: MasksShape;
  maps: GpuBuffer;
  /** [height + width] pairs: places of the picture's rows and columns in a map. */
  places: GpuBuffer;
  /** [maps] pairs: least and greatest value of each enlarged map. */
  range: GpuBuffer;
}

/** Finds what the masks' scaling needs; `places` and `range` belong to the caller. */
export function prepareMasks(gpu: Gpu, maps: GpuBuffer, shape: MasksShape): Masks {
  const { mapHeight, mapWidth, height, width } = shape;
  const pairs = [...placesOf(mapHeight, height), ...placesOf(mapWidth, width)];
  const places = gpu.upload(Float32Array.from(pairs), 'places in a map');
  const range = gpu.alloc(8 * shape.maps, 'ranges of maps');
  gpu.dispatch(rangeKernel, {
    buffers: { maps, places, range },
    sizes: { maps: shape.maps, height, width, map_height: mapHeight, map_width: mapWidth },
    workgroups: linearWorkgroups(shape.maps, 1),
    work: { bytes: maps.bytes },
  });
  return { shape, maps, places, range };
}

/** y[count, channels, height, width]: the picture seen through `count` maps from number `first` on. */
export function applyMasks(
  gpu: Gpu,
  { shape, maps, places, range }: Masks,
  { picture, y, first, count }: { picture: GpuBuffer; y: GpuBuffer; first: number; count: number },
): void {
  const { channels, height, width, mapHeight, mapWidth } = shape;
  const plane = height * width;
  for (const part of inRows(gpu, count, { y: { buffer: y, row: channels * plane } })) {
    const n = part.count * plane;
    gpu.dispatch(applyKernel, {
      buffers: { picture, maps, places, range, ...part.buffers },
      sizes: { n, first: first + part.first, channels, height, width, map_height: mapHeight, map_width: mapWidth },
      workgroups: linearWorkgroups(n, 256),
      work: { bytes: part.buffers.y.bytes },
    });
  }
}

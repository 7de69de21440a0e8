import type { BufferView, Gpu, GpuTexels } from '../../gpu/index.ts';

/** Texels that are written into a buffer first: stores to a texture are slow. */
export interface TexelPart {
  count: number;
  write(packed: BufferView): void;
}

/** Where a part's texels lie. */
export interface TexelPlace {
  texels: GpuTexels;
  /** The first of them. */
  first: number;
}

/** Parts begin at multiples of so many texels, where a view of a buffer can begin. */
const STEP = 16;

const room = ({ count }: TexelPart): number => Math.ceil(count / STEP) * STEP;

/**
 * Packs parts that are needed together side by side into one texture, if it holds them all: filling a texture ends a
 * compute pass, which costs the host as much as two dispatches.
 */
export function packTexels<Parts extends readonly TexelPart[]>(
  gpu: Gpu,
  label: string,
  parts: Parts,
): { places: { [part in keyof Parts]: TexelPlace }; release(): void } {
  const together = parts.reduce((sum, part) => sum + room(part), 0) <= gpu.mostTexels;
  const places = (together ? [parts] : parts.map((part) => [part])).flatMap((some) => filled(gpu, label, some));
  return {
    places: places as { [part in keyof Parts]: TexelPlace },
    release() {
      for (const texels of new Set(places.map((place) => place.texels))) texels.release();
    },
  };
}

function filled(gpu: Gpu, label: string, parts: readonly TexelPart[]): TexelPlace[] {
  const total = parts.reduce((sum, part, i) => sum + (i < parts.length - 1 ? room(part) : part.count), 0);
  const texels = gpu.allocTexels(total, label);
  const buffer = gpu.alloc(texels.rowBytes, label);
  let first = 0;
  const places = parts.map((part) => {
    const place = { texels, first };
    part.write({ buffer, offset: 16 * first, bytes: 16 * part.count });
    first += room(part);
    return place;
  });
  gpu.fillTexels(texels, buffer);
  buffer.release();
  return places;
}

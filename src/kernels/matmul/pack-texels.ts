import type { BufferView, Gpu, GpuBuffer, GpuTexels } from '../../gpu/index.ts';

/** Where packed texels lie. */
export interface TexelPlace {
  texels: GpuTexels;
  /** The first of them. */
  first: number;
}

/** One of several parts in a buffer: which one, and the texel at which it begins. */
export interface TexelPart {
  part: number;
  first: number;
}

/** Parts begin at multiples of so many texels, where a view of a buffer can begin. */
const STEP = 16;
/** Bytes that go together: of more, the memory to write them all at once costs more than the passes. */
const MOST = 2 ** 24;

const room = (count: number): number => Math.ceil(count / STEP) * STEP;

/** A part of a buffer as a kernel binds it. */
export const viewOf = (buffer: GpuBuffer, first: number, count: number): BufferView => ({
  buffer,
  offset: 16 * first,
  bytes: 16 * count,
});

/**
 * Packs parts of so many texels, which are needed together, side by side into one texture unless they are many: filling
 * a texture ends a compute pass, which costs the host as much as two dispatches. They are written into a buffer first, because
 * stores to a texture are slow; `write` queues that for the parts that a buffer is for.
 */
export function packTexels(
  gpu: Gpu,
  label: string,
  counts: readonly number[],
  write: (buffer: GpuBuffer, parts: readonly TexelPart[]) => void,
): { places: TexelPlace[]; release(): void } {
  const parts = counts.map((_, part) => part);
  const total = counts.reduce((sum, count) => sum + room(count), 0);
  const runs = 16 * total <= Math.min(MOST, gpu.bindingBytes) ? [parts] : parts.map((part) => [part]);
  const places = runs.flatMap((run) => filled(gpu, label, counts, run, write));
  return {
    places,
    release() {
      for (const texels of new Set(places.map((place) => place.texels))) texels.release();
    },
  };
}

function filled(
  gpu: Gpu,
  label: string,
  counts: readonly number[],
  run: readonly number[],
  write: (buffer: GpuBuffer, parts: readonly TexelPart[]) => void,
): TexelPlace[] {
  let end = 0;
  const parts = run.map((part): TexelPart => {
    const first = room(end);
    end = first + (counts[part] as number);
    return { part, first };
  });
  const texels = gpu.allocTexels(end, label);
  const buffer = gpu.alloc(texels.rowBytes, label);
  write(buffer, parts);
  gpu.fillTexels(texels, buffer);
  buffer.release();
  return parts.map(({ first }) => ({ texels, first }));
}

/**
 * A CT volume from its voxels as stored to a RAS+ grid of another size on the device, in HU. Reorientation costs nothing:
 * the first pass reads the stored voxels through strides. Nothing but slabs of slices is ever uploaded, so a scan of
 * 512 × 512 × 1,000 needs no more memory on the device than one of 512 × 512 × 100.
 */
import { type CanonicalView, closestCanonical, type Volume, type VolumeArray } from '../../formats/volume.ts';
import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { applyBanded, type DeviceMatrix, insideRange, type Range, uploadMatrix } from '../../kernels/affine/banded.ts';
import { axisMatrices } from '../../kernels/affine/splines.ts';
import { type Shape3, voxelCount } from '../../kernels/shape.ts';

type Axis = 0 | 1 | 2;
type Triple = [number, number, number];

/** Most bytes of stored voxels uploaded at once, though never less than a slice. */
const SLAB_BYTES = 2 ** 23;

/** Order of the passes over canonical axes, whatever the order in memory: the same sums, so the same bits. */
const PASSES: readonly Axis[] = [1, 0, 2];

/** Voxels on the device, as int16 (two in a word) or float32, addressed along the canonical axes. */
interface Grid {
  buffer: GpuBuffer;
  format: 'int16' | 'float32';
  size: Triple;
  /** Elements from one voxel to the next; negative where the axis is stored backwards. */
  strides: Triple;
  /** Element of voxel (0, 0, 0). */
  offset: number;
}

interface Step {
  axis: Axis;
  matrix: DeviceMatrix;
}

const others = (axis: Axis): [Axis, Axis] => (axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1]);

/** Strides of an intermediate volume: axis 1 fastest, then 0, then 2, so that every pass reads neighbours in a row. */
const intermediateStrides = ([n0, n1]: Triple): Triple => [n1, 1, n0 * n1];

/** Strides of the result: [d0, d1, d2], last axis fastest. */
const finalStrides = ([, n1, n2]: Triple): Triple => [n1 * n2, n2, 1];

interface PassOptions {
  held?: Range;
  accumulate?: boolean;
  outside?: { value: number; inside: readonly Range[] };
}

/** One matrix along one axis from grid to grid. Axes stored backwards are walked as they lie and written backwards. */
function pass(
  gpu: Gpu,
  x: Grid,
  { axis, matrix }: Step,
  y: Grid,
  { held, accumulate, outside }: PassOptions = {},
): void {
  const [a, b] = others(axis);
  const [p, q] = Math.abs(x.strides[a]) <= Math.abs(x.strides[b]) ? [a, b] : [b, a];
  const from = { offset: x.offset, p: x.strides[p], q: x.strides[q], axis: x.strides[axis] };
  const to = { offset: y.offset, p: y.strides[p], q: y.strides[q], axis: y.strides[axis] };
  for (const key of ['p', 'q'] as const) {
    if (from[key] >= 0) continue;
    const last = x.size[key === 'p' ? p : q] - 1;
    from.offset += last * from[key];
    to.offset += last * to[key];
    [from[key], to[key]] = [-from[key], -to[key]];
  }
  const everywhere = (n: number): Range => ({ from: 0, to: n });
  applyBanded(gpu, {
    matrix,
    x: x.buffer,
    format: x.format,
    xStrides: from,
    y: y.buffer,
    yStrides: to,
    pSize: x.size[p],
    qSize: x.size[q],
    held,
    accumulate,
    outside: outside && {
      value: outside.value,
      p: outside.inside[p] ?? everywhere(x.size[p]),
      q: outside.inside[q] ?? everywhere(x.size[q]),
    },
  });
}

function floatGrid(gpu: Gpu, size: Triple, strides: Triple): Grid {
  return { buffer: gpu.alloc(4 * voxelCount(size), 'resampled'), format: 'float32', size, strides, offset: 0 };
}

/** Runs steps one after the other, the last one into `result`; `x` is released. */
function runSteps(gpu: Gpu, x: Grid, steps: readonly Step[], result: Grid, outside?: PassOptions['outside']): void {
  let current = x;
  steps.forEach((step, k) => {
    const last = k === steps.length - 1;
    const size = current.size.with(step.axis, step.matrix.rows) as Triple;
    const next = last ? result : floatGrid(gpu, size, intermediateStrides(size));
    pass(gpu, current, step, next, last ? { outside } : {});
    current.buffer.release();
    current = next;
  });
}

/** Voxels of a slab as they are uploaded: int16 as stored, anything else as float32 with `replacement` for NaN and infinities. */
export function uploadable(
  data: VolumeArray,
  replacement: number,
): { data: Int16Array | Float32Array; notFinite: number } {
  if (data instanceof Int16Array) return { data, notFinite: 0 };
  const values = Float32Array.from(data);
  let notFinite = 0;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) continue;
      values[i] = replacement;
      notFinite++;
    }
  }
  return { data: values, notFinite };
}

/** The slices [from, to) of a volume, counted along the canonical axis that runs through the slices. */
function uploadSlab(
  gpu: Gpu,
  volume: Volume,
  view: CanonicalView,
  slices: Range,
  replacement: number,
): { grid: Grid; notFinite: number } {
  const axis = view.axes.indexOf(2) as Axis;
  const plane = volume.size[0] * volume.size[1];
  const firstStored = view.flips[axis] ? view.size[axis] - slices.to : slices.from;
  const stored = volume.data.subarray(firstStored * plane, (firstStored + slices.to - slices.from) * plane);
  const { data, notFinite } = uploadable(stored, replacement);
  const grid: Grid = {
    buffer: gpu.upload(data, 'CT slab'),
    format: data instanceof Int16Array ? 'int16' : 'float32',
    size: [...view.size].with(axis, slices.to - slices.from) as Triple,
    strides: [...view.strides] as Triple,
    offset: view.offset + slices.from * view.strides[axis] - firstStored * plane,
  };
  return { grid, notFinite };
}

/** Ranges of slices whose stored voxels make no more than SLAB_BYTES. */
function slabs({ data, size }: Volume): Range[] {
  const bytes = size[0] * size[1] * (data instanceof Int16Array ? 2 : 4);
  const count = Math.max(1, Math.floor(SLAB_BYTES / bytes));
  return Array.from({ length: Math.ceil(size[2] / count) }, (_, k) => ({
    from: k * count,
    to: Math.min((k + 1) * count, size[2]),
  }));
}

export interface Resampled {
  /** float32 [d0, d1, d2]: to the right, to the front, to the head. The caller releases it. */
  volume: GpuBuffer;
  /** Voxels that were NaN or infinite; they count as the value outside. */
  notFinite: number;
}

/**
 * Samples a volume on a grid of `shape` voxels along R, A and S: voxel i reads stored coordinate i · n / shape by cubic
 * splines, as scipy.ndimage.affine_transform with order 3, mode `constant`. Coordinates beyond the last voxel give `outside`.
 */
export async function resampleToRas(gpu: Gpu, volume: Volume, shape: Shape3, outside: number): Promise<Resampled> {
  const view = closestCanonical(volume);
  const matrices = ([0, 1, 2] as const).map((axis) => {
    const scale = view.size[axis] / shape[axis];
    return axisMatrices(
      view.size[axis],
      Array.from({ length: shape[axis] }, (_, i) => i * scale),
      3,
      'constant',
    );
  });
  const steps = PASSES.flatMap((axis) =>
    (matrices[axis] ?? []).map((matrix): Step => ({ axis, matrix: uploadMatrix(gpu, matrix) })),
  );
  const inside = matrices.map((list) => insideRange(list.at(-1) ?? []));

  // Steps along other axes than that through the slices run slab by slab; a first step along it adds up over the slabs.
  const slabAxis = view.axes.indexOf(2) as Axis;
  const sums = steps[0]?.axis === slabAxis;
  const early = sums
    ? steps.slice(0, 1)
    : steps.slice(
        0,
        steps.findIndex(({ axis }) => axis === slabAxis),
      );
  const size = early.reduce<Triple>(
    (before, { axis, matrix }) => before.with(axis, matrix.rows) as Triple,
    [...view.size],
  );
  const joined = floatGrid(gpu, size, intermediateStrides(size));
  let notFinite = 0;
  for (const slices of slabs(volume)) {
    const slab = uploadSlab(gpu, volume, view, slices, outside);
    notFinite += slab.notFinite;
    if (sums) {
      pass(gpu, slab.grid, early[0] as Step, joined, { held: slices, accumulate: slices.from > 0 });
      slab.grid.buffer.release();
    } else {
      runSteps(gpu, slab.grid, early, { ...joined, offset: slices.from * joined.strides[slabAxis] });
    }
    await gpu.submit(); // the slab's memory can be used again
  }
  const result = floatGrid(gpu, [...shape], finalStrides([...shape]));
  runSteps(gpu, joined, steps.slice(early.length), result, { value: outside, inside });
  for (const { matrix } of steps) matrix.release();
  return { volume: result.buffer, notFinite };
}

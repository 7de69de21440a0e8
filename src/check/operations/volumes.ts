import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { affineTransform } from '../../kernels/affine/affine.ts';
import type { Boundary, Order } from '../../kernels/affine/splines.ts';
import { binaryFillHoles, label, removeSmallLabels, removeSmallObjects } from '../../kernels/components/label.ts';
import { GAUSSIAN_MODES, gaussian } from '../../kernels/gaussian/gaussian.ts';
import { maxProjection } from '../../kernels/max_projection/max_projection.ts';
import {
  binaryClosing,
  binaryDilation,
  binaryErosion,
  binaryOpening,
  type Footprint,
  type MorphologyOperands,
} from '../../kernels/morphology/morphology.ts';
import { voxelCount } from '../../kernels/shape.ts';
import { sobel } from '../../kernels/sobel/sobel.ts';
import { watershed } from '../../kernels/watershed/watershed.ts';
import { axisOf } from '../../nn/shape.ts';
import { UserError } from '../../util/errors.ts';
import type { Values } from '../case.ts';
import type { Params } from '../params.ts';
import { input, inputNames, type Operation, singleOutput } from '../task.ts';

/** What a volume operation is called with. Buffers hold float32 or 32-bit integers as declared. */
interface Call<Name extends string> {
  gpu: Gpu;
  /** The inputs on the device; null for an optional one that is absent. */
  buffers: Record<Name, GpuBuffer> & Record<string, GpuBuffer | null>;
  /** The inputs as the file has them. */
  values: Record<string, Values | null>;
  y: GpuBuffer;
  shape: readonly number[];
  params: Params;
}

/** A picture is real; integers are brought to −1 … 1 as scikit-image's img_as_float does, unless their range is to be kept. */
type Kind = 'real' | 'integer' | 'picture';

interface Description<Name extends string> {
  /** Inputs by the reference's names and what their kernels read; optional ones with "?". */
  inputs: Record<Name, Kind>;
  output: 'real' | 'integer';
  /** Shape of the output, that of the first input unless given. */
  outputShape?: (shape: readonly number[], params: Params) => readonly number[];
  run(call: Call<Name>): void | Promise<void>;
}

/** An operation on volumes without a gradient. */
function volume<const Name extends string>({ inputs, output, outputShape, run }: Description<Name>): Operation {
  return async (task) => {
    const { gpu, params } = task;
    const wanted = Object.keys(inputs) as Name[];
    const names = inputNames(task.inputs, wanted);
    const { shape } = input(task, names[0] ?? '');
    const values = Object.fromEntries(
      wanted.map((name, i) => [name.replace('?', ''), names[i] ? input(task, names[i]) : null]),
    );
    const entries = wanted.map((entry) => {
      const name = entry.replace('?', '');
      const found = values[name];
      return [name, found ? upload(gpu, found, inputs[entry], params) : null] as const;
    });
    const yShape = outputShape?.(shape, params) ?? shape;
    const y = gpu.alloc(4 * voxelCount(yShape), 'output');
    const buffers = Object.fromEntries(entries) as Call<Name>['buffers'];
    try {
      await run({ gpu, buffers, values, y, shape, params });
      const bytes = await gpu.read(y);
      return singleOutput(task, {
        shape: yShape,
        data: output === 'real' ? new Float32Array(bytes) : new Int32Array(bytes),
      });
    } finally {
      for (const buffer of [y, ...entries.map(([, each]) => each)]) buffer?.release();
    }
  };
}

function upload(gpu: Gpu, { data, fullScale }: Values, kind: Kind, params: Params): GpuBuffer {
  if (kind === 'integer') return gpu.upload(Int32Array.from(data));
  const isScaled = kind === 'picture' && fullScale !== undefined && !params.boolean('preserve_range', false);
  return gpu.upload(Float32Array.from(data, (value) => (isScaled ? Math.max(-1, value / fullScale) : value)));
}

const optionalConnectivity = (params: Params) =>
  params.has('connectivity') ? params.number('connectivity') : undefined;

/** Parameters that mean nothing here may be there with the one value that leaves them out. */
function without(params: Params, defaults: Readonly<Record<string, number | string | boolean>>): void {
  for (const [name, value] of Object.entries(defaults)) params.only(name, value);
}

/** A morphological operation; its footprint is a tensor or a parameter. */
const morphology = (run: (gpu: Gpu, operands: MorphologyOperands) => void): Operation =>
  volume({
    inputs: { x: 'integer', 'footprint?': 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, values: { footprint }, y, shape, params }) => {
      const given: Footprint | undefined = params.has('footprint') ? params.array('footprint') : undefined;
      run(gpu, { x, y, shape, footprint: footprint ?? given });
    },
  });

/** Deviations along all axes of a picture; none along that of its channels. */
function deviations(shape: readonly number[], params: Params): number | number[] {
  const given = params.numbers('sigma', [1]);
  if (!params.has('channel_axis')) return given.length === 1 ? (given[0] as number) : given;
  const axis = axisOf('gaussian', params.number('channel_axis'), shape.length);
  const along = given.length === 1 ? shape.slice(1).map(() => given[0] as number) : given;
  return along.toSpliced(axis, 0, 0);
}

/** The greatest label of an image. Throws UserError for negative ones and more than there is memory for. */
function greatestLabel(image: Values | null | undefined): number {
  let greatest = 0;
  for (const label of image?.data ?? []) {
    if (label < 0 || label > 2 ** 26) throw new UserError(`remove_small_objects: label ${label} is not in 0 … 2²⁶`);
    greatest = Math.max(greatest, label);
  }
  return greatest;
}

/** Axis, first and last slice of a projection; negative axes count from the end. */
function slab(shape: readonly number[], params: Params): { axis: number; start: number; stop: number } {
  const axis = axisOf('max_projection', params.number('axis', 0), shape.length);
  return { axis, start: params.number('start', 0), stop: params.number('stop', shape[axis]) };
}

/** Operations on pictures and volumes, under the names and with the keywords of scikit-image and SciPy. */
export const VOLUMES: Readonly<Record<string, Operation>> = {
  sobel: volume({
    inputs: { x: 'picture' },
    output: 'real',
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      without(params, { mode: 'reflect', cval: 0 });
      sobel(gpu, { x, y, shape });
    },
  }),
  gaussian: volume({
    inputs: { x: 'picture' },
    output: 'real',
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      params.ignore('preserve_range');
      gaussian(gpu, {
        x,
        y,
        shape,
        sigma: deviations(shape, params),
        mode: params.choice('mode', GAUSSIAN_MODES, 'nearest'),
        cval: params.number('cval', 0),
        truncate: params.number('truncate', 4),
      });
    },
  }),
  watershed: volume({
    inputs: { elevation: 'real', markers: 'integer', 'mask?': 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { elevation, markers, mask }, y, shape, params }) => {
      without(params, { compactness: 0 });
      const connectivity = params.number('connectivity', 1);
      return watershed(gpu, { elevation, markers, mask: mask ?? undefined, y, shape, connectivity });
    },
  }),
  label: volume({
    inputs: { x: 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      without(params, { background: 0 });
      label(gpu, { x, y, shape, connectivity: optionalConnectivity(params) });
    },
  }),
  binary_fill_holes: volume({
    inputs: { x: 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, y, shape }) => binaryFillHoles(gpu, { x, y, shape }),
  }),
  binary_erosion: morphology(binaryErosion),
  binary_dilation: morphology(binaryDilation),
  binary_opening: morphology(binaryOpening),
  binary_closing: morphology(binaryClosing),
  remove_small_objects: volume({
    inputs: { x: 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, values, y, shape, params }) => {
      const [minSize, connectivity] = [params.number('min_size', 64), params.number('connectivity', 1)];
      if (values.x?.truth) removeSmallObjects(gpu, { x, y, shape, minSize, connectivity });
      else removeSmallLabels(gpu, { x, y, shape, minSize, labels: greatestLabel(values.x) });
    },
  }),
  affine_transform: volume({
    inputs: { x: 'real' },
    output: 'real',
    outputShape: (shape, params) => (params.has('output_shape') ? params.numbers('output_shape') : shape),
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      without(params, { prefilter: true });
      const offset = params.numbers('offset', [0]);
      affineTransform(gpu, {
        x,
        shape,
        y,
        outputShape: params.has('output_shape') ? params.numbers('output_shape') : shape,
        matrix: params.matrix('matrix'),
        offset: offset.length === 1 ? offset[0] : offset,
        order: params.number('order', 3) as Order,
        mode: params.text('mode', 'constant') as Boundary,
        cval: params.number('cval', 0),
      });
    },
  }),
  max_projection: volume({
    inputs: { x: 'real' },
    output: 'real',
    outputShape: (shape, params) => shape.toSpliced(slab(shape, params).axis, 1),
    run: ({ gpu, buffers: { x }, y, shape, params }) => maxProjection(gpu, { x, y, shape, ...slab(shape, params) }),
  }),
};

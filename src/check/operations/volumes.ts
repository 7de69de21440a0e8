import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { affineTransform } from '../../kernels/affine/affine.ts';
import type { Boundary, Order } from '../../kernels/affine/splines.ts';
import { binaryFillHoles, label, removeSmallObjects } from '../../kernels/components/label.ts';
import { maxProjection } from '../../kernels/max_projection/max_projection.ts';
import { voxelCount } from '../../kernels/shape.ts';
import { sobel } from '../../kernels/sobel/sobel.ts';
import { watershed } from '../../kernels/watershed/watershed.ts';
import type { Values } from '../case.ts';
import type { Params } from '../params.ts';
import { input, inputNames, type Operation, singleOutput } from '../task.ts';

/** What a volume operation is called with. Buffers hold float32 or 32-bit integers as declared. */
interface Call<Name extends string> {
  gpu: Gpu;
  /** The inputs on the device; null for an optional one that is absent. */
  buffers: Record<Name, GpuBuffer> & Record<string, GpuBuffer | null>;
  y: GpuBuffer;
  shape: readonly number[];
  params: Params;
}

interface Description<Name extends string> {
  /** Inputs by the reference's names and what their kernels read; optional ones with "?". */
  inputs: Record<Name, 'real' | 'integer'>;
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
    const entries = wanted.map((name, i) => {
      const found = names[i];
      return [name.replace('?', ''), found ? upload(gpu, input(task, found), inputs[name]) : null] as const;
    });
    const yShape = outputShape?.(shape, params) ?? shape;
    const y = gpu.alloc(4 * voxelCount(yShape), 'output');
    const buffers = Object.fromEntries(entries) as Call<Name>['buffers'];
    try {
      await run({ gpu, buffers, y, shape, params });
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

function upload(gpu: Gpu, { data }: Values, kind: 'real' | 'integer'): GpuBuffer {
  return gpu.upload(kind === 'real' ? Float32Array.from(data) : Int32Array.from(data));
}

const optionalConnectivity = (params: Params) =>
  params.has('connectivity') ? params.number('connectivity') : undefined;

/** Operations on pictures and volumes, under the names and with the keywords of scikit-image and SciPy. */
export const VOLUMES: Readonly<Record<string, Operation>> = {
  sobel: volume({
    inputs: { x: 'real' },
    output: 'real',
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      params.only('mode', 'reflect');
      sobel(gpu, { x, y, shape });
    },
  }),
  watershed: volume({
    inputs: { elevation: 'real', markers: 'integer', 'mask?': 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { elevation, markers, mask }, y, shape, params }) =>
      watershed(gpu, {
        elevation,
        markers,
        mask: mask ?? undefined,
        y,
        shape,
        connectivity: params.number('connectivity', 1),
      }),
  }),
  label: volume({
    inputs: { x: 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, y, shape, params }) =>
      label(gpu, { x, y, shape, connectivity: optionalConnectivity(params) }),
  }),
  binary_fill_holes: volume({
    inputs: { x: 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, y, shape }) => binaryFillHoles(gpu, { x, y, shape }),
  }),
  remove_small_objects: volume({
    inputs: { x: 'integer' },
    output: 'integer',
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      const [minSize, connectivity] = [params.number('min_size', 64), params.number('connectivity', 1)];
      removeSmallObjects(gpu, { x, y, shape, minSize, connectivity });
    },
  }),
  affine_transform: volume({
    inputs: { x: 'real' },
    output: 'real',
    outputShape: (shape, params) => (params.has('output_shape') ? params.numbers('output_shape') : shape),
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
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
    outputShape: (shape, params) => shape.toSpliced(params.number('axis'), 1),
    run: ({ gpu, buffers: { x }, y, shape, params }) => {
      const axis = params.number('axis');
      maxProjection(gpu, {
        x,
        y,
        shape,
        axis,
        start: params.number('start', 0),
        stop: params.number('stop', shape[axis]),
      });
    },
  }),
};

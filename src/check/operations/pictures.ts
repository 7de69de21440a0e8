import type { Gpu, GpuBuffer } from '../../gpu/index.ts';
import { addNoise } from '../../kernels/noise/noise.ts';
import { pastePatches, patchNumbers } from '../../kernels/patch/patch.ts';
import { voxelCount } from '../../kernels/shape.ts';
import { warp, warpNumbers } from '../../kernels/warp/warp.ts';
import { UserError } from '../../util/errors.ts';
import type { Values } from '../case.ts';
import { input, type Operation, singleOutput, type Task } from '../task.ts';

/** Pictures [n, height, width]. */
function pictures(task: Task): { n: number; height: number; width: number } & Values {
  const values = input(task, 'x');
  const [n = 0, height = 0, width = 0] = values.shape;
  if (values.shape.length !== 3) throw new UserError(`"in.x" has shape [${values.shape}], not [n, height, width]`);
  return { ...values, n, height, width };
}

/** Row i of an input of n rows of `count` numbers; `fallback` where the file does not have it. */
function rowsOf(task: Task, name: string, n: number, count: number, fallback?: readonly number[]) {
  const values = fallback && !task.inputs.has(name) ? null : input(task, name);
  if (values && values.data.length !== n * count)
    throw new UserError(`"in.${name}" has shape [${values.shape}], not ${n} rows of ${count} numbers`);
  return (i: number): number[] =>
    values ? Array.from(values.data.subarray(i * count, (i + 1) * count)) : [...(fallback ?? [])];
}

/** Runs kernels on buffers that hold x, what `numbers` gives for each picture, and y, which begins as x. */
async function onPictures(
  task: Task,
  numbers: Float32Array | Uint32Array,
  run: (gpu: Gpu, buffers: { x: GpuBuffer; table: GpuBuffer; y: GpuBuffer }) => void,
) {
  const { gpu } = task;
  const { data, shape } = pictures(task);
  const real = Float32Array.from(data);
  const [x, table, y] = [gpu.upload(real), gpu.upload(numbers), gpu.upload(real)];
  try {
    run(gpu, { x, table, y });
    const result = new Float32Array(await gpu.read(y, 4 * voxelCount(shape)));
    return singleOutput(task, { shape, data: result });
  } finally {
    for (const buffer of [x, table, y]) buffer.release();
  }
}

/** Rows of numbers as one array. */
const table = (n: number, row: (i: number) => number[]) =>
  Float32Array.from(Array.from({ length: n }, (_, i) => row(i)).flat());

/**
 * What training pictures go through, picture by picture. `warp` (in: x, matrix [n, 2, 3], intensity? [n, 2] gain and offset,
 * rectangle? [n, 4], blur? [n]), `paste_patch` (in: x, patch [n, 6] row, column, enlarged side, pasted row, column, degrees),
 * `add_noise` (in: x, key [n, 2]; deviation).
 */
export const PICTURES: Readonly<Record<string, Operation>> = {
  warp: (task) => {
    const { n, height, width } = pictures(task);
    const matrix = rowsOf(task, 'matrix', n, 6);
    const intensity = rowsOf(task, 'intensity', n, 2, [1, 0]);
    const rectangle = rowsOf(task, 'rectangle', n, 4, [0, 0, 0, 0]);
    const blur = rowsOf(task, 'blur', n, 1, [0]);
    const maps = table(n, (i) => {
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = matrix(i);
      const [gain = 1, offset = 0] = intensity(i);
      const [row = 0, column = 0, rows = 0, columns = 0] = rectangle(i);
      const [distance = 0] = blur(i);
      const emptied = [row, column, rows, columns] as const;
      return warpNumbers({
        matrix: [
          [a, b, c],
          [d, e, f],
        ],
        gain,
        offset,
        rectangle: emptied,
        blur: distance,
      });
    });
    const blurs = task.inputs.has('blur');
    return onPictures(task, maps, (gpu, { x, table, y }) => warp(gpu, { x, maps: table, y, n, height, width, blurs }));
  },
  paste_patch: (task) => {
    const { n, height: side, width } = pictures(task);
    if (side !== width) throw new UserError(`"in.x" has pictures of ${side} × ${width}, which are not square`);
    const patch = rowsOf(task, 'patch', n, 6);
    const patches = table(n, (i) => {
      const [row = 0, column = 0, enlarged = 0, toRow = 0, toColumn = 0, angle = 0] = patch(i);
      return patchNumbers({ from: [row, column], enlarged, to: [toRow, toColumn], angle });
    });
    return onPictures(task, patches, (gpu, { x, table, y }) => pastePatches(gpu, { x, patches: table, y, n, side }));
  },
  add_noise: (task) => {
    const { n, height, width } = pictures(task);
    const key = rowsOf(task, 'key', n, 2);
    const keys = Uint32Array.from(Array.from({ length: n }, (_, i) => key(i)).flat());
    const deviation = task.params.number('deviation');
    return onPictures(task, keys, (gpu, { table, y }) =>
      addNoise(gpu, { keys: table, y, n, size: height * width, deviation }),
    );
  },
};

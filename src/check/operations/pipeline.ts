import type { Volume } from '../../formats/volume.ts';
import { voxelCount } from '../../kernels/shape.ts';
import { kerber2023, maskVoxels } from '../../preprocess/ct/kerber2023.ts';
import { GRID, type MarkerPolicy, PICTURE_SIZE, type RecipeOptions } from '../../preprocess/ct/recipe.ts';
import { UserError } from '../../util/errors.ts';
import type { Values } from '../case.ts';
import type { Params } from '../params.ts';
import { input, type Operation, type Task } from '../task.ts';

const IDENTITY = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** `in.volume`, whose last axis is fastest, as a volume in RAS+ order, whose first is. */
function fromValues({ shape, data }: Values): Volume {
  const [nx = 0, ny = 0, nz = 0] = shape;
  if (shape.length !== 3) throw new UserError(`"in.volume" has shape [${shape.join(', ')}], not three axes`);
  const turned = new Float32Array(data.length);
  for (let i = 0, x = 0; x < nx; x++) {
    for (let y = 0; y < ny; y++) for (let z = 0; z < nz; z++) turned[x + nx * (y + ny * z)] = data[i++] ?? Number.NaN;
  }
  return { data: turned, size: [nx, ny, nz], affine: IDENTITY };
}

async function sourceVolume(task: Task): Promise<Volume> {
  if (!task.params.has('source_path')) return fromValues(input(task, 'volume'));
  if (!task.loadVolume) throw new UserError('"source_path" needs a file system');
  return task.loadVolume(task.params.text('source_path'));
}

function options(params: Params): RecipeOptions {
  const markers = params.text('markers', 'band');
  if (markers !== 'band' && markers !== 'all') throw new UserError(`params: markers is "${markers}", not all or band`);
  return { markers: markers satisfies MarkerPolicy, slab: slab(params) };
}

function slab(params: Params): number | 'full' | undefined {
  if (!params.has('slab')) return undefined;
  return params.is('slab', 'full') ? 'full' : params.number('slab');
}

/** The CT recipe: resampled volume, body mask and picture. */
export const kerber2023Case: Operation = async (task) => {
  const { gpu } = task;
  const prepared = await kerber2023(gpu, await sourceVolume(task), options(task.params));
  const mask = maskVoxels(gpu, prepared);
  try {
    const volume = new Float32Array(await gpu.read(prepared.volume, 4 * voxelCount(GRID)));
    const image = new Float32Array(await gpu.read(prepared.image, 4 * PICTURE_SIZE ** 2));
    return new Map<string, Values>([
      ['out.volume', { shape: GRID, data: volume }],
      ['out.mask', { shape: GRID, data: new Int32Array(await gpu.read(mask, 4 * voxelCount(GRID))) }],
      ['out.image', { shape: [PICTURE_SIZE, PICTURE_SIZE], data: image }],
    ]);
  } finally {
    mask.release();
    prepared.release();
  }
};

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Matrix4, Vector3, Volume } from '../../src/formats/volume.ts';
import type { Gpu, GpuBuffer } from '../../src/gpu/index.ts';
import { kerber2023, maskVoxels, prepareCtPicture } from '../../src/preprocess/ct/kerber2023.ts';
import { AIR, GRID, type RecipeOptions } from '../../src/preprocess/ct/recipe.ts';
import { resampleToRas } from '../../src/preprocess/ct/resample.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('ct');

/** Voxels of 3 × 4 × 5 mm along R, A, S. */
const STRAIGHT: Matrix4 = [3, 0, 0, -60, 0, 4, 0, -70, 0, 0, 5, 20, 0, 0, 0, 1];

type Field = (x: number, y: number, z: number) => number;

function straightVolume(size: Vector3, hu: Field): Volume & { data: Int16Array<ArrayBuffer> } {
  const data = new Int16Array(size[0] * size[1] * size[2]);
  let next = 0;
  for (let z = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++) for (let x = 0; x < size[0]; x++) data[next++] = hu(x, y, z);
  return { data, size, affine: STRAIGHT };
}

/** The same scan stored in another order: axis k of the result is `order[k]` of the volume, run backwards where `flip[k]`. */
function stored(volume: Volume, order: Vector3, flip: readonly boolean[]): Volume {
  const size = order.map((axis) => volume.size[axis as 0]) as unknown as Vector3;
  const affine = [...volume.affine];
  order.forEach((axis, k) => {
    for (let row = 0; row < 3; row++) {
      const step = volume.affine[4 * row + axis] as number;
      affine[4 * row + k] = flip[k] ? -step : step;
      if (flip[k]) affine[4 * row + 3] = (affine[4 * row + 3] as number) + step * ((size[k] as number) - 1);
    }
  });
  const data = volume.data.slice();
  const index = [0, 0, 0];
  let next = 0;
  for (let c = 0; c < size[2]; c++) {
    for (let b = 0; b < size[1]; b++) {
      for (let a = 0; a < size[0]; a++) {
        for (const [k, value] of [a, b, c].entries()) {
          index[order[k] as number] = flip[k] ? (size[k] as number) - 1 - value : value;
        }
        const [x = 0, y = 0, z = 0] = index;
        data[next++] = volume.data[x + volume.size[0] * (y + volume.size[1] * z)] as number;
      }
    }
  }
  return { data, size, affine };
}

const ORDERS: [Vector3, boolean[]][] = [
  [
    [0, 1, 2],
    [true, true, false],
  ],
  [
    [0, 1, 2],
    [false, true, true],
  ],
  [
    [1, 0, 2],
    [true, false, false],
  ],
  [
    [0, 2, 1],
    [false, false, true],
  ],
  [
    [2, 1, 0],
    [true, true, true],
  ],
  [
    [1, 2, 0],
    [false, true, false],
  ],
  [
    [2, 0, 1],
    [false, false, false],
  ],
];

async function words(gpu: Gpu, buffer: GpuBuffer): Promise<Uint32Array> {
  const result = new Uint32Array(await gpu.read(buffer));
  buffer.release();
  return result;
}

test('storage order and direction do not change one bit of the resampled volume', async () => {
  const gpu = await testGpu();
  const random = randomStream(4, 'ct test');
  const volume = straightVolume([18, 13, 11], () => Math.round(random.uniform(-1024, 2000)));
  const grid = [8, 15, 21] as const;
  const resampled = async (each: Volume) => words(gpu, (await resampleToRas(gpu, each, grid, AIR)).volume);
  const expected = await resampled(volume);
  for (const [order, flip] of ORDERS)
    assert.equal(await resampled(stored(volume, order, flip)), expected, `${order} ${flip}`);
  const asFloat = { ...volume, data: Float32Array.from(volume.data) };
  assert.equal(await resampled(asFloat), expected, 'float32');
});

test('a volume of several slabs, whichever axis runs through its slices', async () => {
  const gpu = await testGpu();
  const volume = straightVolume([90, 80, 700], (x, y, z) => ((x * 31 + y * 17 + z * 7) % 2000) - 1000); // 10 MB
  const grid = [6, 7, 9] as const;
  const resampled = async (each: Volume) => words(gpu, (await resampleToRas(gpu, each, grid, AIR)).volume);
  const expected = await resampled(volume);
  for (const [order, flip] of [ORDERS[1], ORDERS[3], ORDERS[5]] as typeof ORDERS) {
    const turned = stored(volume, order, flip);
    assert.equal(await resampled(turned), expected, `${order} ${flip}`);
  }
});

test('voxel i reads coordinate i · n / grid; beyond the last voxel there is air', async () => {
  const gpu = await testGpu();
  const volume = straightVolume([20, 20, 5], (x, y, z) => 10 * x + 3 * y - 40 * z);
  const grid = [10, 5, 10] as const;
  const { volume: buffer } = await resampleToRas(gpu, volume, grid, AIR);
  const values = new Float32Array(await gpu.read(buffer));
  buffer.release();
  // In the middle a cubic spline through a plane is the plane; near the faces mirroring bends it.
  const at = (i: number, j: number, k: number) => values[(i * 5 + j) * 10 + k] as number;
  assert.ok(Math.abs(at(5, 2, 4) - (10 * 10 + 3 * 8 - 40 * 2)) < 0.5, String(at(5, 2, 4)));
  assert.is(at(5, 2, 9), AIR); // coordinate 4.5 of 0 … 4
  assert.not.equal(at(5, 2, 8), AIR);
});

test('values that are no numbers count as air and are counted', async () => {
  const gpu = await testGpu();
  const data = new Float32Array(1000).fill(50);
  data.set([Number.NaN, Number.POSITIVE_INFINITY], 0);
  const { volume, notFinite } = await resampleToRas(
    gpu,
    { data, size: [10, 10, 10], affine: STRAIGHT },
    [10, 10, 10],
    AIR,
  );
  const values = new Float32Array(await gpu.read(volume));
  volume.release();
  assert.is(notFinite, 2);
  assert.ok(values.every(Number.isFinite));
  assert.ok(Math.abs((values[0] as number) - AIR) < 0.01);
});

const inEllipse = (x: number, y: number, [cx, cy, rx, ry]: readonly number[]) =>
  ((x - (cx as number)) / (rx as number)) ** 2 + ((y - (cy as number)) / (ry as number)) ** 2 < 1;

/** A trunk of soft tissue and fat with two lungs and a spine, above a table; grainy. */
function trunk(size: Vector3): Volume {
  const random = randomStream(5, 'ct trunk');
  return straightVolume(size, (x, y, z) => {
    const [u, v, w] = [(x + 0.5) / size[0] - 0.5, (y + 0.5) / size[1] - 0.5, z / size[2]];
    let hu = -1000;
    if (inEllipse(u, v, [0, 0.03, 0.4, 0.3])) hu = -90;
    if (inEllipse(u, v, [0, 0.03, 0.36, 0.26])) hu = 45;
    if (w > 0.5 && w < 0.9 && (inEllipse(u, v, [-0.17, 0.05, 0.11, 0.16]) || inEllipse(u, v, [0.17, 0.05, 0.11, 0.16])))
      hu = -820;
    if (inEllipse(u, v, [0, -0.16, 0.05, 0.06])) hu = 500;
    if (v < -0.42) hu = 100;
    return Math.round(hu + random.uniform(-30, 30));
  });
}

test('the picture of a trunk: coronal above sagittal, no table, the same bits from any storage order', async () => {
  const gpu = await testGpu();
  const volume = trunk([40, 36, 60]);
  const prepared = await kerber2023(gpu, volume);
  const mask = await words(gpu, maskVoxels(gpu, prepared));
  const image = await words(gpu, prepared.image.retain());
  prepared.release();
  const inside = (i: number, j: number, k: number) => mask[(i * GRID[1] + j) * GRID[2] + k];
  assert.is(inside(56, 60, 100), 1, 'trunk');
  assert.is(inside(75, 61, 180), 1, 'lungs are filled');
  assert.is(inside(56, 4, 100), 0, 'the table is another piece');
  assert.is(inside(3, 100, 100), 0, 'air');
  const picture = new Float32Array(image.buffer);
  const at = (row: number, column: number) => picture[row * 224 + column] as number;
  assert.is(at(2, 100), 0);
  assert.is(Math.max(...picture), 1);
  assert.ok(at(56, 100) > 0.55 && at(56, 100) < 0.8, `soft tissue in the coronal half: ${at(56, 100)}`);
  assert.ok(at(112 + 38, 100) > 0.9, `the spine at the back in the sagittal half: ${at(112 + 38, 100)}`);
  const turned = await kerber2023(gpu, stored(volume, [2, 0, 1], [true, false, true]));
  assert.equal(await words(gpu, turned.image.retain()), image);
  turned.release();
});

/** An affine turned about the long axis of the body. */
const turned = (degrees: number): Matrix4 => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
};

test('what a reader should know comes with the picture', async () => {
  const gpu = await testGpu();
  const picture = await prepareCtPicture(gpu, trunk([40, 36, 20]), { markers: 'all', slab: 'full' });
  assert.is(picture.image.length, 224 * 224);
  assert.ok(picture.bodyShare > 0.3 && picture.bodyShare < 0.45, String(picture.bodyShare));
  assert.equal(picture.warnings, [
    'only 20 slices from feet to head',
    'the scan covers only 100 mm from feet to head; thorax and abdomen need more',
  ]);
  const tissue = straightVolume([20, 20, 70], (x) => (x < 15 ? 40 : -1000));
  const { warnings } = await prepareCtPicture(gpu, { ...tissue, affine: turned(3) });
  assert.match(
    warnings.join('; '),
    /covers only 70 mm.*turned by 3\.0°.*fills 69\.0 %.*cut off at the left.*cut off at the back/,
  );
  const empty = await prepareCtPicture(
    gpu,
    straightVolume([20, 20, 70], () => -1000),
  );
  assert.ok(empty.image.every((value) => value === 0));
  assert.match(empty.warnings.join('; '), /only 0\.0 %/);
});

test('what cannot be done right is refused with the numbers', async () => {
  const gpu = await testGpu();
  const volume = trunk([8, 8, 8]);
  const refused = async (each: Volume, expected: RegExp, options?: RecipeOptions) => {
    try {
      await kerber2023(gpu, each, options);
    } catch (error) {
      return assert.match(String(error), expected);
    }
    assert.unreachable(String(expected));
  };
  await refused(
    { ...volume, affine: [1, 0, 0, 0, 0, 1, Math.tan(0.7), 0, 0, 0, 1, 0, 0, 0, 0, 1] },
    /sheared by 40\.1°; a gantry tilts by 30° at most/,
  );
  await refused({ ...volume, affine: Array(16).fill(0) }, /no usable geometry/);
  await refused({ ...volume, size: [8, 8, 9] }, /8 × 8 × 9 voxels with 512 values/);
  await refused(volume, /slab of 113 slices/, { slab: 113 });
});

test.run();

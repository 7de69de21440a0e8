/** Tilted and turned acquisitions of a body whose HU are known everywhere. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Matrix4, toWorld, type Vector3, type Volume } from '../../src/formats/volume.ts';
import { prepareCtPicture } from '../../src/preprocess/ct/kerber2023.ts';
import { AIR } from '../../src/preprocess/ct/recipe.ts';
import { resampleToRas } from '../../src/preprocess/ct/resample.ts';
import { resampleStraight, straightBox } from '../../src/preprocess/ct/straight.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('ct/straight');
const RADIANS = Math.PI / 180;

/** A trunk with two lungs and a spine, its edges as smooth as a scanner's, in mm around (0, 0, 0). */
function body(x: number, y: number, z: number): number {
  const soft = (distance: number) => 1 / (1 + Math.exp(distance / 10));
  const ellipse = (cx: number, cy: number, rx: number, ry: number) =>
    (Math.hypot((x - cx) / rx, (y - cy) / ry) - 1) * Math.min(rx, ry);
  const trunk = soft(Math.max(ellipse(0, 0, 120, 80), Math.abs(z) - 110));
  const lung = (side: number) => soft(Math.max(ellipse(side * 55, 5, 35, 50), Math.abs(z - 40) - 50));
  const spine = soft(ellipse(0, -50, 18, 18)) * trunk;
  return -1000 + 1050 * trunk - 850 * (lung(-1) + lung(1)) + 400 * spine;
}

function acquired(size: Vector3, affine: Matrix4): Volume {
  const data = new Int16Array(size[0] * size[1] * size[2]);
  let next = 0;
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++)
        data[next++] = Math.round(body(...(toWorld(affine, [i, j, k]) as [number, number, number])));
  return { data, size, affine };
}

/** Slices turned by `degrees` about the axis to the right, the table moving along the patient: a sheared grid. */
function tilted(degrees: number): Volume {
  const [c, s] = [Math.cos(degrees * RADIANS), Math.sin(degrees * RADIANS)];
  const size: Vector3 = [72, 56, 62];
  return acquired(size, [-4, 0, 0, 142, 0, -4 * c, 0, 110 * c, 0, -4 * s, 5, 110 * s - 152.5, 0, 0, 0, 1]);
}

/** The whole grid turned by `degrees` about the axis from back to front. */
function turned(degrees: number): Volume {
  const [c, s] = [Math.cos(degrees * RADIANS), Math.sin(degrees * RADIANS)];
  const [x, z] = [-142, -152.5];
  return acquired(
    [72, 56, 62],
    [4 * c, 0, 5 * s, x * c + z * s, 0, 4, 0, -110, -4 * s, 0, 5 * c, -x * s + z * c, 0, 0, 0, 1],
  );
}

/** The acquisition that a straight scanner would make of the box that holds a tilted one. */
function straightened(volume: Volume): Volume {
  const { origin, step, size } = straightBox(volume);
  const [x, y, z] = origin;
  return acquired(size, [step[0], 0, 0, x, 0, step[1], 0, y, 0, 0, step[2], z, 0, 0, 0, 1]);
}

for (const [name, volume, share] of [
  ['a gantry tilted by 20°', tilted(20), 0.6],
  ['a gantry tilted the other way', tilted(-8), 0.7],
  ['a grid turned by 25°', turned(25), 0.4],
] as const) {
  test(`${name}: every place within the scan has the value that the body has there`, async () => {
    const gpu = await testGpu();
    const grid = [23, 19, 31] as const;
    const { volume: buffer, notFinite } = resampleStraight(gpu, volume, grid, AIR);
    const values = new Float32Array(await gpu.read(buffer));
    buffer.release();
    const { origin, step, size } = straightBox(volume);
    const place = (axis: 0 | 1 | 2, i: number) => origin[axis] + ((i * size[axis]) / grid[axis]) * step[axis];
    let [inside, worst] = [0, 0];
    for (const [n, value] of values.entries()) {
      if (value === AIR) continue;
      inside++;
      const [i, j, k] = [Math.floor(n / (19 * 31)), Math.floor(n / 31) % 19, n % 31];
      worst = Math.max(worst, Math.abs(value - body(place(0, i), place(1, j), place(2, k))));
    }
    assert.is(notFinite, 0);
    assert.ok(inside > share * values.length, `${inside} of ${values.length} places are inside`);
    assert.ok(worst < 25, `wrong by ${worst} HU`);
  });
}

for (const [name, volume] of [
  ['a gantry tilted by 20°', tilted(20)],
  ['a grid turned by 25°', turned(25)],
] as const) {
  test(`${name}: the picture is that of a straight scan`, async () => {
    const gpu = await testGpu();
    const [found, expected] = [await prepareCtPicture(gpu, volume), await prepareCtPicture(gpu, straightened(volume))];
    const difference = found.image.map((value, i) => Math.abs(value - (expected.image[i] ?? 0)));
    const mean = difference.reduce((sum, value) => sum + value, 0) / difference.length;
    // A voxel at the body's edge may be in one mask and not in the other.
    assert.ok(mean < 4e-3, `${mean} in the mean`);
    assert.ok(difference.filter((value) => value > 0.05).length < 0.005 * difference.length);
    assert.match(
      found.warnings.join('; '),
      /(sheared by \d+\.0° \(a tilted gantry\)|turned by 25\.0° from the patient's axes): sampled/,
    );
    assert.not.match(expected.warnings.join('; '), /sampled/);
  });
}

test('a scan that lies straight is sampled at the same places as by splines', async () => {
  const gpu = await testGpu();
  const volume = straightened(tilted(20));
  const grid = [20, 21, 22] as const;
  const [a, b] = [resampleStraight(gpu, volume, grid, AIR), await resampleToRas(gpu, volume, grid, AIR)];
  const [cubic, spline] = [new Float32Array(await gpu.read(a.volume)), new Float32Array(await gpu.read(b.volume))];
  for (const { volume: buffer } of [a, b]) buffer.release();
  const worst = cubic.reduce((most, value, i) => Math.max(most, Math.abs(value - (spline[i] ?? 0))), 0);
  assert.ok(worst < 25, `${worst} HU`);
});

test('values that are no numbers count as air and are counted', async () => {
  const gpu = await testGpu();
  const { size, affine, data } = tilted(20);
  const holed = Float32Array.from(data);
  holed[100] = Number.NaN;
  const { volume, notFinite } = resampleStraight(gpu, { size, affine, data: holed }, [8, 8, 8], AIR);
  const values = new Float32Array(await gpu.read(volume));
  volume.release();
  assert.is(notFinite, 1);
  assert.ok(values.every(Number.isFinite));
});

test.run();

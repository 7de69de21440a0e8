import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { gaussian } from '../../src/kernels/gaussian/gaussian.ts';
import {
  binaryClosing,
  binaryDilation,
  binaryErosion,
  binaryOpening,
  type MorphologyOperands,
} from '../../src/kernels/morphology/morphology.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('filters and morphology');

async function applied(
  run: (gpu: Gpu, operands: MorphologyOperands) => void,
  mask: number[],
  shape: number[],
  footprint?: MorphologyOperands['footprint'],
): Promise<number[]> {
  const gpu = await testGpu();
  const [x, y] = [gpu.upload(Int32Array.from(mask)), gpu.alloc(4 * mask.length)];
  run(gpu, { x, y, shape, footprint });
  const result = [...new Int32Array(await gpu.read(y))];
  x.release();
  y.release();
  return result;
}

test('a line of 70 voxels, across the words that hold it', async () => {
  const run = (from: number, to: number) => Array.from({ length: 70 }, (_, i) => Number(i >= from && i < to));
  const mask = run(30, 35);
  assert.equal(await applied(binaryDilation, mask, [70]), run(29, 36));
  assert.equal(await applied(binaryErosion, mask, [70]), run(31, 34));
  const wide = { shape: [65], data: new Array<number>(65).fill(1) };
  assert.equal(await applied(binaryDilation, mask, [70], wide), run(0, 67));
  assert.equal(await applied(binaryOpening, mask, [70], wide), run(0, 0));
});

test('what lies outside changes nothing', async () => {
  const full = [1, 1, 1, 1, 1, 1];
  assert.equal(await applied(binaryErosion, full, [2, 3]), full);
  assert.equal(await applied(binaryClosing, [0, 0, 0, 0, 0, 1], [2, 3]), [0, 0, 0, 0, 0, 1]);
});

test('a footprint without a voxel covers nothing, and fits everywhere', async () => {
  const nothing = { shape: [1, 1], data: [0] };
  assert.equal(await applied(binaryDilation, [1, 0, 1, 1], [2, 2], nothing), [0, 0, 0, 0]);
  assert.equal(await applied(binaryErosion, [1, 0, 0, 0], [2, 2], nothing), [1, 1, 1, 1]);
});

test('footprints and deviations that do not belong to the volume are refused with the numbers', async () => {
  const gpu = await testGpu();
  const x = gpu.alloc(64);
  const footprint = { shape: [3], data: [1, 1, 1] };
  assert.throws(
    () => binaryOpening(gpu, { x, y: x, shape: [4, 4], footprint }),
    /binary_opening: the footprint has shape \[3\], the volume \[4, 4\]/,
  );
  assert.throws(() => gaussian(gpu, { x, y: x, shape: [4, 4], sigma: [1, 2, 3] }), /sigma 1,2,3 for 2 axes/);
  assert.throws(() => gaussian(gpu, { x, y: x, shape: [4, 4], sigma: -1 }), /sigma -1 for 2 axes/);
  assert.throws(() => gaussian(gpu, { x, y: x, shape: [1, 1, 2, 2], sigma: 1 }), /one to three are supported/);
  x.release();
});

test.run();

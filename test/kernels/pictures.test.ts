/** Warps, patches and noise of very many pictures, and of more than can be bound at once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu, GpuBuffer } from '../../src/gpu/index.ts';
import { addNoise } from '../../src/kernels/noise/noise.ts';
import { pastePatches, patchNumbers } from '../../src/kernels/patch/patch.ts';
import { warp, warpNumbers } from '../../src/kernels/warp/warp.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const SIDE = 8;
type Run = (gpu: Gpu, n: number, side: number, buffers: { x: GpuBuffer; table: GpuBuffer; y: GpuBuffer }) => void;

/** A kernel, and the numbers it takes for picture i. */
const KERNELS: Record<string, { numbers: (i: number) => ArrayLike<number>; run: Run }> = {
  warp: {
    numbers: (i) =>
      warpNumbers({
        matrix: [
          [1, 0.01 * (i % 7), 0.5],
          [0, 1, -0.25 * (i % 3)],
        ],
        gain: 1 + (i % 5),
        offset: 0,
        rectangle: [0, 0, 0, 0],
        blur: 0,
      }),
    run: (gpu, n, side, { x, table, y }) =>
      warp(gpu, { x, maps: table, y, n, height: side, width: side, blurs: false }),
  },
  patch: {
    numbers: (i) => patchNumbers({ from: [i % 2, 0], enlarged: 1 + (i % 2), to: [0, i % 2], angle: 0 }),
    run: (gpu, n, side, { x, table, y }) => pastePatches(gpu, { x, patches: table, y, n, side }),
  },
  noise: {
    numbers: (i) => new Float32Array(Uint32Array.of(0x3f800000 + i, 7).buffer), // a key's bits
    run: (gpu, n, side, { table, y }) => addNoise(gpu, { keys: table, y, n, size: side * side, deviation: 1 }),
  },
};

async function outcome(gpu: Gpu, name: string, n: number, side: number): Promise<Uint32Array> {
  const { numbers, run } = KERNELS[name] as (typeof KERNELS)[string];
  const stream = randomStream(4, 'pictures');
  const kinds = Array.from({ length: 128 * side * side }, () => stream.uniform());
  const values = Float32Array.from({ length: n * side * side }, (_, i) => kinds[i % kinds.length] as number);
  const table = Float32Array.from(Array.from({ length: n }, (_, i) => Array.from(numbers(i))).flat());
  const [x, tableBuffer, y] = [gpu.upload(values), gpu.upload(table), gpu.upload(values)];
  run(gpu, n, side, { x, table: tableBuffer, y });
  const bits = new Uint32Array(await gpu.read(y));
  for (const buffer of [x, tableBuffer, y]) buffer.release();
  return bits;
}

const test = suite('kernels on pictures');

for (const name of Object.keys(KERNELS)) {
  test(`${name}: the same bits a few pictures at a time`, async () => {
    const gpu = await testGpu();
    const [limit, before] = [gpu.bindingBytes, gpu.counts.dispatches];
    const whole = await outcome(gpu, name, 50, SIDE);
    assert.is(gpu.counts.dispatches - before, 1);
    gpu.bindingBytes = 4096; // sixteen pictures
    const parts = await outcome(gpu, name, 50, SIDE).finally(() => {
      gpu.bindingBytes = limit;
    });
    assert.ok(gpu.counts.dispatches - before >= 3);
    assert.equal(parts, whole);
  });

  test(`${name}: more lines than one dimension of a dispatch has workgroups`, async () => {
    const gpu = await testGpu();
    const [n, side] = [70_000, 2];
    const many = await outcome(gpu, name, n, side);
    const few = await outcome(gpu, name, 210, side);
    assert.equal(many.slice(0, few.length), few);
    const last = many.slice(-side * side);
    assert.ok(
      last.some((bits) => bits !== 0),
      'nothing was written to the last picture',
    );
  });

  test(`${name}: no pictures are no work`, async () => {
    const gpu = await testGpu();
    const before = gpu.counts.dispatches;
    assert.is((await outcome(gpu, name, 0, SIDE)).length, 0);
    assert.is(gpu.counts.dispatches, before);
  });
}

test.run();

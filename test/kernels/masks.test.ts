/** Masks against the same in plain operations: enlarged, scaled, multiplied. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { applyMasks, type MasksShape, prepareMasks } from '../../src/kernels/masks/masks.ts';
import { functional as F, scope, tensor } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('kernels.masks');

const SHAPE: MasksShape = { maps: 6, mapHeight: 3, mapWidth: 2, channels: 2, height: 8, width: 16 };
const PLANE = SHAPE.height * SHAPE.width;
const PICTURE = Float32Array.from({ length: SHAPE.channels * PLANE }, (_, i) => Math.sin(i));
/** Map 4 has one value only. */
const MAPS = Float32Array.from({ length: 36 }, (_, i) => (Math.floor(i / 6) === 4 ? 3 : 5 * Math.cos(2 * i)));

/** Masked pictures of `count` maps from number `first` on. */
async function masked(gpu: Gpu, first: number, count: number): Promise<Float32Array> {
  const [maps, picture] = [gpu.upload(MAPS), gpu.upload(PICTURE)];
  const y = gpu.alloc(4 * count * PICTURE.length);
  const masks = prepareMasks(gpu, maps, SHAPE);
  applyMasks(gpu, masks, { picture, y, first, count });
  const values = new Float32Array(await gpu.read(y));
  for (const buffer of [maps, picture, y, masks.places, masks.range]) buffer.release();
  return values;
}

test('each map is enlarged, fills [0, 1], and is multiplied with all channels', async () => {
  const gpu = await testGpu();
  const { maps, mapHeight, mapWidth, height, width } = SHAPE;
  const large = scope(() =>
    F.interpolate(tensor(gpu, MAPS, [maps, 1, mapHeight, mapWidth]), { size: [height, width], mode: 'bilinear' }),
  );
  const values = await large.toArray();
  large.dispose();
  const actual = await masked(gpu, 0, maps);
  for (let map = 0; map < maps; map++) {
    const plane = values.subarray(map * PLANE, (map + 1) * PLANE);
    const [least, greatest] = [Math.min(...plane), Math.max(...plane)];
    PICTURE.forEach((value, i) => {
      const mask = map === 4 ? 0 : ((plane[i % PLANE] as number) - least) / (greatest - least);
      const found = actual[map * PICTURE.length + i] as number;
      assert.ok(Math.abs(found - mask * value) < 1e-6, `map ${map}, element ${i}: ${found}, not ${mask * value}`);
    });
  }
});

test('the same bits whichever maps are taken together, and none at all', async () => {
  const gpu = await testGpu();
  const whole = await masked(gpu, 0, 6);
  assert.equal(await masked(gpu, 2, 3), whole.slice(2 * PICTURE.length, 5 * PICTURE.length));
  assert.is((await masked(gpu, 0, 0)).length, 0);
  const { bindingBytes } = gpu;
  gpu.bindingBytes = 2048; // two masked pictures
  try {
    assert.equal(await masked(gpu, 1, 5), whole.slice(PICTURE.length));
  } finally {
    gpu.bindingBytes = bindingBytes;
  }
});

test.run();

/** Training pictures as the network sees them: what a picture becomes belongs to it alone. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { AugmentedPictures, type AugmentKey } from '../../src/train/augmented.ts';
import { parseConfig } from '../../src/train/config.ts';
import { PictureStore } from '../../src/train/picture-store.ts';
import type { Pictures } from '../../src/train/pictures.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const SIDE = 18; // no multiple of four: rows and pictures begin anywhere
const PIXELS = SIDE * SIDE;
const COUNT = 7;
const KEY: AugmentKey = { seed: 1, fold: 0, epoch: 3 };
const EVERYTHING = {
  shift: 20,
  rotate: 15,
  scale: 0.2,
  mirror: true,
  intensity: 0.1,
  offset: 0.1,
  blur: 8,
  erase: 0.5,
};
const STILL = { shift: 0, intensity: 0 };

const RECIPES: Record<string, object> = {
  affine: { ...EVERYTHING, noise: 0.1 },
  kerber2023: { recipe: 'kerber2023', rotate: 30, noise: 0.316 },
};

function noisyPictures(): Pictures {
  const stream = randomStream(9, 'augmented test');
  return { data: Float32Array.from({ length: COUNT * PIXELS }, () => stream.uniform()), count: COUNT, side: SIDE };
}

interface Options {
  pictures?: Pictures;
  key?: AugmentKey;
  mostBytes?: number;
}

/** The batch of these rows, one array a picture. */
async function seen(gpu: Gpu, rows: number[], augment: object, options: Options = {}): Promise<Uint32Array[]> {
  const { pictures = noisyPictures(), key = KEY, mostBytes } = options;
  const store = new PictureStore(gpu, pictures, [...new Set(rows)], mostBytes);
  const settings = parseConfig({ augment }, 'test').augment;
  const augmented = new AugmentedPictures(gpu, store, settings, rows.length, SIDE);
  const y = gpu.alloc(4 * rows.length * PIXELS);
  augmented.load(rows, key);
  augmented.queue(y);
  const bits = new Uint32Array(await gpu.read(y));
  for (const each of [augmented, store, y]) each.release();
  return rows.map((_, i) => bits.slice(i * PIXELS, (i + 1) * PIXELS));
}

const bitsOf = ({ data }: Pictures, row: number) =>
  new Uint32Array(data.slice(row * PIXELS, (row + 1) * PIXELS).buffer);

const test = suite('augmented pictures');

test('with everything off, and with recipe none, pictures are what they were, to the bit', async () => {
  const gpu = await testGpu();
  const expected = [5, 0, 6].map((row) => bitsOf(noisyPictures(), row));
  assert.equal(await seen(gpu, [5, 0, 6], STILL), expected);
  assert.equal(await seen(gpu, [5, 0, 6], { ...EVERYTHING, noise: 0.2, recipe: 'none' }), expected);
});

for (const [recipe, augment] of Object.entries(RECIPES)) {
  test(`${recipe}: what a picture becomes does not depend on its batch`, async () => {
    const gpu = await testGpu();
    const whole = await seen(gpu, [0, 1, 2, 3, 4, 5, 6], augment);
    assert.equal(await seen(gpu, [6, 3], augment), [whole[6], whole[3]]);
    assert.equal(await seen(gpu, [2], augment), [whole[2]]);
  });

  test(`${recipe}: it depends on seed, fold, epoch and row`, async () => {
    const gpu = await testGpu();
    const pictures = noisyPictures();
    pictures.data.copyWithin(PIXELS, 0, PIXELS); // rows 0 and 1 hold the same
    const [first, second] = await seen(gpu, [0, 1], augment, { pictures });
    assert.not.equal(first, second);
    for (const change of [{ seed: 2 }, { fold: 1 }, { epoch: 4 }]) {
      const [other] = await seen(gpu, [0, 1], augment, { pictures, key: { ...KEY, ...change } });
      assert.not.equal(other, first);
    }
  });

  test(`${recipe}: the same bits with pictures on the device, in several buffers, and uploaded batch by batch`, async () => {
    const gpu = await testGpu();
    const expected = await seen(gpu, [4, 2, 0, 5], augment);
    assert.equal(await seen(gpu, [4, 2, 0, 5], augment, { mostBytes: 100 }), expected);
    const limit = gpu.bindingBytes;
    gpu.bindingBytes = 4 * 4 * PIXELS; // pictures of 1,296 bytes
    try {
      assert.equal(await seen(gpu, [4, 2, 0, 5], augment), expected);
    } finally {
      gpu.bindingBytes = limit;
    }
  });

  test(`${recipe}: a row that a batch repeats is drawn anew`, async () => {
    const [first, second, other] = await seen(await testGpu(), [3, 3, 1], augment);
    assert.not.equal(first, second);
    assert.equal((await seen(await testGpu(), [1, 3], augment)).toReversed(), [first, other]);
  });
}

test('nothing of one half ever shows in the other', async () => {
  const gpu = await testGpu();
  const pictures = noisyPictures();
  const [above, below] = [0.25, 0.75];
  for (let row = 0; row < COUNT; row++) {
    pictures.data.fill(above, row * PIXELS, row * PIXELS + PIXELS / 2);
    pictures.data.fill(below, row * PIXELS + PIXELS / 2, (row + 1) * PIXELS);
  }
  const geometry = { ...STILL, shift: 64, rotate: 180, scale: 1, mirror: true, blur: 8 };
  for (const bits of await seen(gpu, [0, 1, 2, 3, 4, 5, 6], geometry, { pictures })) {
    new Float32Array(bits.buffer).forEach((value, i) => {
      const expected = i < PIXELS / 2 ? above : below;
      assert.ok(Math.abs(value - expected) < 1e-6, `${value} at ${i}, where there is ${expected}`);
    });
  }
});

test('noise is normal, with the deviation that was set', async () => {
  const gpu = await testGpu();
  const pictures = noisyPictures();
  pictures.data.fill(0);
  const rows = [0, 1, 2, 3, 4, 5, 6];
  const values = (await seen(gpu, rows, { ...STILL, noise: 0.5 }, { pictures })).flatMap((bits) =>
    Array.from(new Float32Array(bits.buffer)),
  );
  const moment = (power: number) => values.reduce((sum, value) => sum + (value / 0.5) ** power, 0) / values.length;
  // Four standard errors of 2,268 draws.
  assert.ok(Math.abs(moment(1)) < 0.085, `mean ${moment(1)}`);
  assert.ok(Math.abs(moment(2) - 1) < 0.12, `variance ${moment(2)}`);
  assert.ok(Math.abs(moment(4) - 3) < 0.83, `fourth moment ${moment(4)}`);
});

test('more pictures than the device is to hold are uploaded', async () => {
  const gpu = await testGpu();
  const store = new PictureStore(gpu, noisyPictures(), [0, 1], 2 * 4 * PIXELS);
  const small = new PictureStore(gpu, noisyPictures(), [0, 1, 2], 2 * 4 * PIXELS);
  assert.equal([store.resident, small.resident], [true, false]);
  store.release();
  small.release();
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  axisCodes,
  closestCanonical,
  isInvertible,
  obliqueness,
  shear,
  spacing,
  toCanonical,
  toWorld,
  type Volume,
  volumeSha256,
  volumeStatistics,
} from '../../src/formats/volume.ts';

const test = suite('formats/volume');
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`);

// x runs to the left, y to the back, z to the head.
const LPS = [-0.8, 0, 0, 10, 0, -0.7, 0, 20, 0, 0, 2, -30, 0, 0, 0, 1];

function numbered(affine: readonly number[]): Volume {
  return { data: Int16Array.from({ length: 24 }, (_, i) => i), size: [2, 3, 4], affine };
}

test('spacing, axis codes and world positions come from the affine', () => {
  assert.equal(spacing(LPS), [0.8, 0.7, 2]);
  assert.is(axisCodes(LPS), 'LPS');
  assert.equal(toWorld(LPS, [1, 2, 3]), [9.2, 18.6, -24]);
});

test('canonical order keeps every voxel in its place in the world', () => {
  // y of the file runs to the right, z backwards, x down.
  const affine = [0, 2, 0, 1, 0, 0, -3, 2, -4, 0, 0, 3, 0, 0, 0, 1];
  const volume = numbered(affine);
  const view = closestCanonical(volume);
  assert.is(axisCodes(affine), 'IRP');
  assert.is(axisCodes(view.affine), 'RAS');
  assert.equal(view.size, [3, 4, 2]);
  assert.equal(view.flips, [false, true, true]);
  const copy = toCanonical(volume);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 4; j++) {
      for (let k = 0; k < 2; k++) {
        const source = view.offset + i * view.strides[0] + j * view.strides[1] + k * view.strides[2];
        const [x, y, z] = [source % 2, Math.floor(source / 2) % 3, Math.floor(source / 6)];
        assert.equal(toWorld(affine, [x, y, z]), toWorld(view.affine, [i, j, k]));
        assert.is(copy.data[i + 3 * (j + 4 * k)], source);
      }
    }
  }
});

test('a canonical volume is not copied', () => {
  const volume = numbered([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  assert.is(toCanonical(volume), volume);
});

test('obliqueness is the angle to the world axes, shear that between the axes', () => {
  const [c, s] = [Math.cos(Math.PI / 18), Math.sin(Math.PI / 18)];
  const turned = [2 * c, -3 * s, 0, 0, 2 * s, 3 * c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  near(obliqueness(turned), 10, 1e-9);
  near(shear(turned), 0, 1e-9);
  const tilted = [1, 0, 0, 0, 0, 1, 5 * s, 0, 0, 0, 5 * c, 0, 0, 0, 0, 1];
  near(obliqueness(tilted), 10, 1e-9);
  near(shear(tilted), 10, 1e-9);
  near(obliqueness(LPS), 0, 1e-9);
});

test('an affine whose axes lie in a plane, or that is not finite, maps no volume', () => {
  assert.ok(isInvertible(LPS));
  assert.not.ok(isInvertible([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]));
  assert.not.ok(isInvertible([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]));
  assert.not.ok(isInvertible([Number.NaN, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]));
});

test('statistics leave out what is not finite and count it', () => {
  const data = Float32Array.of(1, Number.NaN, -3, Number.POSITIVE_INFINITY, 8);
  assert.equal(volumeStatistics({ data }), { min: -3, max: 8, mean: 2, notFinite: 2 });
});

test('the hash is that of little-endian 16-bit integers, whatever the array', async () => {
  const expected = await volumeSha256({ data: Int16Array.of(1, -2, 300) });
  // printf '\x01\x00\xfe\xff\x2c\x01' | sha256sum
  assert.is(expected, '449c6a1f60e95b7c5cbc273adb0b1500608f742c10489e5cc45e6cdf549cf45b');
  assert.is(await volumeSha256({ data: Float64Array.of(1, -2, 300) }), expected);
  assert.is(await volumeSha256({ data: Float32Array.of(1, -2.5, 300) }), null);
  assert.is(await volumeSha256({ data: Int32Array.of(40000) }), null);
});

test.run();

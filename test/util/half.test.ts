import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { float16ToFloat32, float32ToFloat16 } from '../../src/util/half.ts';

const test = suite('util.half');

const halfOf = (value: number): number => float32ToFloat16(new Float32Array([value]))[0] as number;

test('every binary16 survives the way to float32 and back', () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
  const back = float32ToFloat16(float16ToFloat32(all));
  const isNan = (half: number) => (half & 0x7fff) > 0x7c00;
  const changed = all.filter((half, i) => (isNan(half) ? !isNan(back[i] as number) : back[i] !== half));
  assert.is(changed.length, 0);
});

test('numbers between two neighbours go to the nearer one, ties to the even one', () => {
  const magnitudes = float16ToFloat32(Uint16Array.from({ length: 0x7c00 }, (_, i) => i));
  for (let i = 0; i + 1 < magnitudes.length; i++) {
    const [low, high] = [magnitudes[i] as number, magnitudes[i + 1] as number];
    const middle = (low + high) / 2;
    assert.is(halfOf(middle), i + (i % 2));
    assert.is(halfOf(low + 0.499 * (high - low)), i);
    assert.is(halfOf(-(low + 0.501 * (high - low))), 0x8000 + i + 1);
  }
});

test('what is too large becomes infinity, what is too small zero', () => {
  assert.is(halfOf(65519.996), 0x7bff);
  assert.is(halfOf(65520), 0x7c00);
  assert.is(halfOf(-1e30), 0xfc00);
  assert.is(halfOf(Number.NEGATIVE_INFINITY), 0xfc00);
  assert.is(halfOf(2 ** -25), 0);
  assert.is(halfOf(-(2 ** -25) * 1.001), 0x8001);
});

test.run();

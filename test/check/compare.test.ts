import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tolerance, Values } from '../../src/check/case.ts';
import { compare } from '../../src/check/compare.ts';

const test = suite('compare');

const tolerance: Tolerance = {
  rtol: 1e-2,
  atol: 1e-3,
  gradRtol: 0.1,
  gradAtol: 0,
  exact: false,
  minAgreement: 1,
  normRtol: null,
  gradNormRtol: null,
};
const real = (...values: number[]): Values => ({ shape: [values.length], data: Float32Array.from(values) });
const whole = (...values: number[]): Values => ({ shape: [values.length], data: Int32Array.from(values) });
const holds = (actual: Values, expected: Values, change: Partial<Tolerance> = {}, name = 'out.y') =>
  compare(name, actual, { whole: expected }, { ...tolerance, ...change }).pass;

test('elements are held to atol + rtol · |expected|', () => {
  assert.ok(holds(real(100.9, 0.0009), real(100, 0)));
  assert.not(holds(real(101.1), real(100)));
  assert.not(holds(real(0.0012), real(0)));
});

test('gradients have tolerances of their own', () => {
  assert.ok(holds(real(1.09), real(1), {}, 'grad.in.x'));
  assert.not(holds(real(1.11), real(1), {}, 'grad.in.x'));
});

test('NaN equals NaN and infinities equal themselves', () => {
  assert.ok(holds(real(Number.NaN, Number.POSITIVE_INFINITY), real(Number.NaN, Number.POSITIVE_INFINITY)));
  assert.not(holds(real(Number.NaN), real(1)));
  assert.not(holds(real(1), real(Number.NaN)));
  assert.not(holds(real(1e30), real(Number.POSITIVE_INFINITY)));
  assert.not(holds(real(Number.NEGATIVE_INFINITY), real(Number.POSITIVE_INFINITY)));
});

test('exact compares bits', () => {
  assert.ok(holds(real(1, Number.NaN), real(1, Number.NaN), { exact: true }));
  assert.not(holds(real(1 + 2 ** -23), real(1), { exact: true }));
  assert.not(holds(real(0), real(-0), { exact: true }));
});

test('label images may differ in a stated fraction of elements', () => {
  assert.ok(holds(whole(1, 2, 3, 4), whole(1, 2, 3, 9), { exact: true, minAgreement: 0.75 }));
  assert.not(holds(whole(1, 2, 3, 4), whole(1, 2, 8, 9), { exact: true, minAgreement: 0.75 }));
});

test('pictures must hold everywhere where min_agreement is for masks', () => {
  const loose = { ...tolerance, minAgreement: 0.5 };
  assert.not(compare('out.image', real(1, 2), { whole: real(1, 3) }, loose, true).pass);
  assert.ok(compare('out.mask', whole(1, 0), { whole: whole(1, 1) }, loose, true).pass);
});

test('another shape does not hold', () => {
  const result = compare('out.y', real(1, 2), { whole: { shape: [2, 1], data: Float32Array.of(1, 2) } }, tolerance);
  assert.not(result.pass);
  assert.match(result.reason ?? '', /shape \[2\], expected \[2, 1\]/);
});

test('the worst differences are reported with their index', () => {
  const shape = [2, 3];
  const expected = { shape, data: Float32Array.of(100, 1, 0, 4, 5, 6) };
  const actual = { shape, data: Float32Array.of(100.5, 1, 0.25, 4, 5.25, 6) };
  const { absolute, relative, outside } = compare('out.y', actual, { whole: expected }, tolerance);
  assert.equal(absolute, { error: 0.5, index: [0, 0], actual: 100.5, expected: 100 });
  assert.equal(relative, { error: 0.05, index: [1, 1], actual: 5.25, expected: 5 });
  assert.is(outside, 2);
});

test('parameter gradients are held to the norm where the case says so', () => {
  const expected = { whole: real(3, 4, 0) };
  const change = { ...tolerance, gradNormRtol: 0.01 };
  assert.ok(compare('grad.param.w', real(3, 4, 0.04), expected, change).pass);
  assert.not(compare('grad.param.w', real(3, 4, 0.06), expected, change).pass);
  assert.not(compare('grad.param.w', real(Number.NaN, 4, 0), expected, change).pass);
});

test('a sample stands for the whole tensor', () => {
  const data = Float32Array.from({ length: 100 }, (_, i) => i - 50);
  const norm = Math.hypot(...data);
  const sample = { shape: [7], data: Float32Array.from({ length: 7 }, (_, i) => data[Math.floor((i * 100) / 7)] ?? 0) };
  const check = (actual: Float32Array, expectedNorm = norm) =>
    compare(
      'grad.param.w',
      { shape: [100], data: actual },
      { norm: expectedNorm, sample },
      { ...tolerance, gradNormRtol: 1e-3 },
    );
  assert.ok(check(data).pass);
  assert.not(check(data, norm * 1.01).pass, 'another norm');
  assert.not(check(data.toReversed()).pass, 'the same norm in another order');
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defineKernel, type Gpu, type GpuBuffer } from '../../src/gpu/index.ts';
import { cast } from '../../src/kernels/cast/cast.ts';
import { reluForward } from '../../src/kernels/relu/relu.ts';
import { float16ToFloat32, float32ToFloat16 } from '../../src/util/half.ts';
import { testGpu } from '../support/gpu.ts';
import { halfSuite } from '../support/half.ts';

const plain = suite('gpu.half');
const test = halfSuite('gpu.half');

const source = `
@group(0) @binding(0) var<storage, read> x: array<vec4<Scalar>>;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<Output>;
@compute @workgroup_size(1) fn main() { y[0] = Output(f32(x[0].x) + sums[0]); }`;
const mixed = defineKernel({ name: 'test.mixed', source });

plain('a kernel says which of its buffers take their type from what is bound', () => {
  assert.equal(
    mixed.interface.bindings.map(({ name, alias }) => [name, alias]),
    [
      ['x', 'Scalar'],
      ['sums', null],
      ['y', 'Output'],
    ],
  );
  const half = mixed.storing({ Scalar: 'f16' }).with({ LANES: 4 });
  assert.ok(half.source.startsWith('enable f16;\nalias Scalar = f16;\nalias Output = f32;\nconst LANES = 4;\n'));
  assert.is(mixed.with({ LANES: 4 }).storing({ Scalar: 'f16' }), half);
});

plain('without shader-f16 16-bit numbers are refused by name', async () => {
  const gpu = await testGpu();
  if (gpu.features.has('shader-f16')) gpu.allocNumbers(3, 'halves', 'f16').release();
  else assert.throws(() => gpu.allocNumbers(3, 'halves', 'f16'), /halves: .* shader-f16, which .* lacks/);
});

const halvesOf = async (gpu: Gpu, buffer: GpuBuffer) => [...float16ToFloat32(new Uint16Array(await gpu.read(buffer)))];

function uploaded(gpu: Gpu, values: readonly number[]): GpuBuffer {
  const buffer = gpu.allocNumbers(values.length, 'halves', 'f16');
  gpu.write(buffer, float32ToFloat16(new Float32Array(values)));
  return buffer;
}

test('odd numbers of elements are written, computed with, copied and read', async (gpu) => {
  for (const n of [1, 2, 3, 5, 7, 9, 127, 1023]) {
    const values = Array.from({ length: n }, (_, i) => ((i * 7) % 11) - 5.5);
    const x = uploaded(gpu, values);
    assert.is(x.bytes, 2 * n);
    const [rectified, copy] = [gpu.allocLike(x, 'rectified'), gpu.allocLike(x, 'copy')];
    const wide = gpu.allocNumbers(n, 'wide');
    reluForward(gpu, { x, y: rectified, n });
    gpu.copy(rectified, copy, copy.bytes);
    cast(gpu, { x: copy, y: wide, n });
    const expected = values.map((value) => Math.max(value, 0));
    assert.equal(await halvesOf(gpu, copy), expected);
    assert.equal([...new Float32Array(await gpu.read(wide))], expected);
    for (const buffer of [x, rectified, copy, wide]) buffer.release();
  }
});

test('a number that f16 does not hold becomes a neighbour of it', async (gpu) => {
  const values = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * 1.00037 ** (i / 2));
  const x = gpu.upload(values);
  const y = gpu.allocNumbers(values.length, 'halves', 'f16');
  cast(gpu, { x, y, n: values.length });
  const halves = await halvesOf(gpu, y);
  values.forEach((value, i) => {
    assert.ok(Math.abs((halves[i] as number) - value) <= Math.max(2 ** -24, Math.abs(value) * 2 ** -10), `${value}`);
  });
  for (const buffer of [x, y]) buffer.release();
});

test('what would overwrite a neighbouring element is refused', async (gpu) => {
  const [x, y] = [uploaded(gpu, [1, 2, 3, 4, 5]), uploaded(gpu, [0, 0, 0, 0, 0])];
  assert.throws(() => gpu.write(y, new Uint16Array([1])), /write of 2 bytes at 0 .* 10 bytes/);
  assert.throws(() => gpu.copy(x, y, 6), /copy of 6 bytes at 0 .* 10 bytes/);
  gpu.copy(x, y, 6, 0, 4);
  assert.equal(await halvesOf(gpu, y), [0, 0, 1, 2, 3]);
  for (const buffer of [x, y]) buffer.release();
});

test('a buffer of the other type is refused', async (gpu) => {
  const [x, sums, y] = [uploaded(gpu, [1, 2, 3, 4]), gpu.upload(new Float32Array([0.5])), gpu.allocNumbers(1)];
  gpu.dispatch(mixed, { buffers: { x, sums, y }, workgroups: [1] });
  assert.equal([...new Float32Array(await gpu.read(y))], [1.5]);
  assert.throws(() => gpu.dispatch(mixed, { buffers: { x, sums: x, y }, workgroups: [1] }), /"sums" holds f16/);
  assert.throws(() => reluForward(gpu, { x, y, n: 1 }), /relu.forward: buffer "y" holds f32, where it must hold f16/);
  for (const buffer of [x, sums, y]) buffer.release();
});

plain.run();
test.run();

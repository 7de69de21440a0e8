import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { affineTransform } from '../../src/kernels/affine/affine.ts';
import { applyBanded, uploadMatrix } from '../../src/kernels/affine/banded.ts';
import { interpolationMatrix, prefilterMatrix } from '../../src/kernels/affine/splines.ts';
import { testGpu } from '../support/gpu.ts';
import { casesOf, checkVolumeCase } from './volumes.ts';

const test = suite('affine');

for (const name of await casesOf('affine_transform')) {
  test(name, () =>
    checkVolumeCase(name, ({ gpu, inputs: { x }, params, y, shape }) => {
      if (!x) throw new Error(`${name} has no in.x`);
      const [order, mode] = [params.number('order', 3) as 3, params.text('mode', 'constant') as 'constant'];
      const offset = params.numbers('offset', [0]);
      affineTransform(gpu, {
        x: x.buffer,
        shape: x.shape,
        matrix: params.matrix('matrix'),
        offset: offset.length === 1 ? offset[0] : offset,
        y,
        outputShape: shape,
        order,
        mode,
        cval: params.number('cval', 0),
      });
    }),
  );
}

/** Samples of a smooth function of one variable. */
const wave = (size: number) => Float32Array.from({ length: size }, (_, i) => 500 * Math.sin(0.7 * i) + 20 * i);

function product(matrix: ReturnType<typeof prefilterMatrix>, x: ArrayLike<number>): number[] {
  return matrix.map((row) =>
    row ? row.weights.reduce((sum, weight, k) => sum + weight * (x[row.start + k] ?? Number.NaN), 0) : Number.NaN,
  );
}

for (const mode of ['mirror', 'reflect'] as const) {
  test(`the ${mode} prefilter's coefficients make a spline through the samples`, () => {
    for (const size of [2, 3, 5, 40]) {
      const x = wave(size);
      const c = product(prefilterMatrix(size, mode), x);
      const at = (i: number) =>
        c[
          mode === 'mirror' ? size - 1 - Math.abs(size - 1 - Math.abs(i)) : Math.min(Math.max(i, 0), size - 1)
        ] as number;
      for (let i = 0; i < size; i++)
        assert.ok(Math.abs((at(i - 1) + 4 * at(i) + at(i + 1)) / 6 - (x[i] as number)) < 1e-3, `${size}: ${i}`);
    }
  });
}

test('a matrix row sums to one, so a constant volume stays constant', () => {
  for (const row of interpolationMatrix(300, [0, 0.3, 17.9, 150.5, 298.99, 299], 3, 'constant')) {
    const sum = row?.weights.reduce((total, weight) => total + weight, 0) ?? 0;
    assert.ok(Math.abs(sum - 1) < 1e-12, String(sum));
  }
});

test('slabs, packed int16 and whole vectors give the same bits as one float32 volume', async () => {
  const gpu = await testGpu();
  const [pSize, qSize, size, rows] = [24, 3, 37, 11];
  const values = Int16Array.from({ length: pSize * qSize * size }, (_, i) => ((i * 7919) % 4001) - 1024);
  const onDevice = uploadMatrix(
    gpu,
    interpolationMatrix(
      size,
      Array.from({ length: rows }, (_, i) => i * (size / rows)),
      3,
      'constant',
    ),
  );
  const strides = { offset: 0, p: 1, q: pSize, axis: pSize * qSize };
  const yStrides = { offset: 0, p: rows, q: pSize * rows, axis: 1 };
  const y = gpu.alloc(4 * pSize * qSize * rows);
  const run = async (data: Int16Array | Float32Array, xStrides: typeof strides, cuts: number[]) => {
    const format = data instanceof Int16Array ? 'int16' : 'float32';
    for (let k = 0; k + 1 < cuts.length; k++) {
      const held = { from: cuts[k] as number, to: cuts[k + 1] as number };
      const plane = data.length / size;
      const x = gpu.upload(data.slice(held.from * plane, held.to * plane));
      applyBanded(gpu, { matrix: onDevice, x, format, xStrides, y, yStrides, pSize, qSize, held, accumulate: k > 0 });
      x.release();
    }
    return new Uint32Array(await gpu.read(y));
  };
  const whole = await run(Float32Array.from(values), strides, [0, size]);
  assert.equal(await run(values, strides, [0, size]), whole, 'whole vectors');
  assert.equal(await run(values, strides, [0, 10, 11, 30, size]), whole, 'slabs');
  const odd = new Int16Array((pSize + 1) * qSize * size);
  for (let line = 0; line < qSize * size; line++)
    odd.set(values.subarray(line * pSize, (line + 1) * pSize), line * (pSize + 1));
  const oddStrides = { offset: 0, p: 1, q: pSize + 1, axis: (pSize + 1) * qSize };
  assert.equal(await run(odd, oddStrides, [0, size]), whole, 'lines of odd length');
  onDevice.release();
  y.release();
});

test('operands that do not belong together are refused with their numbers', async () => {
  const gpu = await testGpu();
  const x = gpu.alloc(64);
  const shape = { x, y: x, shape: [4, 4], outputShape: [4, 4] };
  assert.throws(() => affineTransform(gpu, { ...shape, matrix: [1, 1, 1] }), /matrix of 3 × 2/);
  assert.throws(() => affineTransform(gpu, { ...shape, matrix: [1, 1], mode: 'wrap' as 'mirror' }), /mode "wrap"/);
  assert.throws(() => affineTransform(gpu, { ...shape, matrix: [1, 1], order: 2 as 3 }), /order 2/);
  assert.throws(() => affineTransform(gpu, { ...shape, shape: [0, 4], matrix: [1, 1] }), /\[0,4\]/);
  x.release();
});

test.run();

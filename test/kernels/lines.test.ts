import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GpuBuffer } from '../../src/gpu/index.ts';
import {
  layerNormForward,
  layerNormInputGradient,
  layerNormStatisticsBytes,
} from '../../src/kernels/layer_norm/layer_norm.ts';
import { softmaxBackward, softmaxForward } from '../../src/kernels/softmax/softmax.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('lines');

/** Invocations that may share a line: one, some, and as many as there are partial results. */
const LANES = [1, 4, 256];

function numbers(n: number, name: string): Float32Array<ArrayBuffer> {
  const random = randomStream(3, 'lines test', name);
  return Float32Array.from({ length: n }, () => random.normal(1, 3));
}

for (const lines of [
  { outer: 5, n: 203, inner: 1 },
  { outer: 2, n: 130, inner: 3 },
  { outer: 1, n: 4100, inner: 1 },
]) {
  test(`softmax of [${Object.values(lines)}]: the same bits however many invocations share a line`, async () => {
    const gpu = await testGpu();
    const n = lines.outer * lines.n * lines.inner;
    const [x, gy] = [gpu.upload(numbers(n, 'x')), gpu.upload(numbers(n, 'gy'))];
    const results: Uint32Array[] = [];
    for (const lanes of LANES) {
      const [y, gx] = [gpu.alloc(4 * n), gpu.alloc(4 * n)];
      softmaxForward(gpu, { x, y, lines, lanes });
      softmaxBackward(gpu, { y, gy, gx, lines, lanes });
      results.push(new Uint32Array([...new Uint32Array(await gpu.read(y)), ...new Uint32Array(await gpu.read(gx))]));
      y.release();
      gx.release();
    }
    for (const result of results) assert.equal(result, results[0]);
    x.release();
    gy.release();
  });
}

test('layer norm: the same bits however many invocations share a line', async () => {
  const gpu = await testGpu();
  const shape = { lines: 3, n: 301 };
  const n = shape.lines * shape.n;
  const [x, gy, weight] = [numbers(n, 'x'), numbers(n, 'gy'), numbers(shape.n, 'weight')].map((data) =>
    gpu.upload(data),
  ) as [GpuBuffer, GpuBuffer, GpuBuffer];
  const results: Uint32Array[] = [];
  for (const lanes of LANES) {
    const [y, gx, statistics] = [gpu.alloc(4 * n), gpu.alloc(4 * n), gpu.alloc(layerNormStatisticsBytes(shape))];
    layerNormForward(gpu, { x, weight, y, statistics, shape, eps: 1e-5, lanes });
    layerNormInputGradient(gpu, { x, gy, weight, statistics, gx, shape, lanes });
    results.push(new Uint32Array([...new Uint32Array(await gpu.read(y)), ...new Uint32Array(await gpu.read(gx))]));
    for (const buffer of [y, gx, statistics]) buffer.release();
  }
  for (const result of results) assert.equal(result, results[0]);
  for (const buffer of [x, gy, weight]) buffer.release();
});

test.run();

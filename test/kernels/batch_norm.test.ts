import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchStatistics } from '../../src/kernels/batch_norm/batch_norm.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('kernels.batch_norm');

/** Statistics on the device and, from the same float32 values, in double precision. */
async function statistics(batch: number, channels: number, area: number, value: (i: number) => number) {
  const gpu = await testGpu();
  const data = Float32Array.from({ length: batch * channels * area }, (_, i) => value(i));
  const x = gpu.upload(data);
  const zeros = () => gpu.upload(new Float32Array(channels));
  const [result, runningMean, runningVar, batchesTracked] = [gpu.alloc(8 * channels), zeros(), zeros(), zeros()];
  const shape = { batch, channels, area };
  batchStatistics(gpu, { x, statistics: result, runningMean, runningVar, batchesTracked, momentum: 1, eps: 0, shape });
  const actual = new Float32Array(await gpu.read(result));
  const unbiased = new Float32Array(await gpu.read(runningVar));
  for (const buffer of [x, result, runningMean, runningVar, batchesTracked]) buffer.release();
  return Array.from({ length: channels }, (_, channel) => {
    const values: number[] = [];
    for (let n = 0; n < batch; n++)
      values.push(...data.subarray((n * channels + channel) * area, (n * channels + channel + 1) * area));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    return {
      mean: (actual[channel] as number) - mean,
      deviation: Math.sqrt(squares / values.length),
      ratio: (actual[channels + channel] as number) ** -2 / (squares / values.length),
      unbiased: (unbiased[channel] as number) / (squares / (values.length - 1)),
    };
  });
}

const SHAPES: [number, number, number][] = [
  [2, 3, 1],
  [5, 70, 3],
  [4, 2, 49],
  [3, 2, 5000],
  [1, 1, 70000],
];

for (const [batch, channels, area] of SHAPES) {
  test(`mean 1000, deviation 0.5: [${batch}, ${channels}, ${area}]`, async () => {
    const random = randomStream(11, 'batch norm test', area);
    const results = await statistics(batch, channels, area, () => random.normal(1000, 0.5));
    for (const { mean, ratio, unbiased, deviation } of results) {
      assert.ok(Math.abs(mean) < 1e-4, `mean off by ${mean} at deviation ${deviation}`);
      assert.ok(Math.abs(ratio - 1) < 1e-4 && Math.abs(unbiased - 1) < 1e-4, `variance × ${ratio}, ${unbiased}`);
    }
  });
}

test('a first element far from all others costs few digits', async () => {
  const random = randomStream(12, 'batch norm outlier');
  const [result] = await statistics(1, 1, 4096, (i) => (i === 0 ? 1e4 : random.normal(3, 1)));
  assert.ok(Math.abs((result?.ratio ?? 0) - 1) < 1e-4, `variance × ${result?.ratio}`);
});

test.run();

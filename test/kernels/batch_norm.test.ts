import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchNormGradients, batchNormTraining, STATISTICS_BYTES } from '../../src/kernels/batch_norm/batch_norm.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { sameBits } from './convolution.ts';

const test = suite('kernels.batch_norm');

/** Largest errors of a channel against double precision from the same float32 values, relative to 1 + |y|. */
interface Errors {
  y: number;
  variance: number;
  runningMean: number;
  runningVar: number;
}

async function normalised(batch: number, channels: number, area: number, value: (i: number) => number) {
  const gpu = await testGpu();
  const data = Float32Array.from({ length: batch * channels * area }, (_, i) => value(i));
  const filled = (of: number) => gpu.upload(new Float32Array(channels).fill(of));
  const x = gpu.upload(data);
  const [statistics, y] = [gpu.alloc(STATISTICS_BYTES * channels), gpu.alloc(x.bytes)];
  const [runningMean, runningVar, batchesTracked] = [filled(0), filled(0), filled(0)];
  const [weight, bias] = [filled(1), filled(0)];
  const shape = { batch, channels, area };
  const running = { runningMean, runningVar, batchesTracked, momentum: 1, eps: 0 };
  batchNormTraining(gpu, { x, statistics, weight, bias, relu: false, shape, residual: null, y, ...running });
  const read = async (buffer: typeof x) => new Float32Array(await gpu.read(buffer));
  const [known, out, means, variances] = await Promise.all([statistics, y, runningMean, runningVar].map(read));
  for (const buffer of [x, statistics, y, runningMean, runningVar, batchesTracked, weight, bias]) buffer.release();
  return Array.from({ length: channels }, (_, channel): Errors => {
    const places = Array.from({ length: batch * area }, (_, i) => {
      const picture = Math.floor(i / area);
      return (picture * channels + channel) * area + (i % area);
    });
    const sum = (of: (x: number) => number) => places.reduce((total, i) => total + of(data[i] as number), 0);
    const mean = sum((each) => each) / places.length;
    const squares = sum((each) => (each - mean) ** 2);
    const deviation = Math.sqrt(squares / places.length);
    const worst = (at: number, i: number) => {
      const expected = ((data[i] as number) - mean) / deviation;
      return Math.max(at, Math.abs((out?.[i] as number) - expected) / (1 + Math.abs(expected)));
    };
    return {
      y: places.reduce(worst, 0),
      variance: Math.abs((known?.[4 * channel + 2] as number) ** -2 / deviation ** 2 - 1),
      runningMean: Math.abs((means?.[channel] as number) / mean - 1),
      runningVar: Math.abs((variances?.[channel] as number) / (squares / (places.length - 1)) - 1),
    };
  });
}

const SHAPES: [number, number, number][] = [
  [2, 3, 1],
  [5, 70, 3],
  [7, 3, 4],
  [4, 2, 49],
  [3, 2, 5000],
  [1, 1, 70001],
];

for (const [mean, deviation] of [
  [1000, 0.5],
  [1e4, 0.1],
  [-3, 1e-3],
] as const) {
  for (const [batch, channels, area] of SHAPES) {
    test(`mean ${mean}, deviation ${deviation}: [${batch}, ${channels}, ${area}]`, async () => {
      const random = randomStream(11, 'batch norm test', area);
      for (const errors of await normalised(batch, channels, area, () => random.normal(mean, deviation))) {
        const text = JSON.stringify(errors);
        assert.ok(errors.y < 3e-6 && errors.variance < 1e-6, text);
        assert.ok(errors.runningMean < 2e-7 && errors.runningVar < 1e-6, text);
      }
    });
  }
}

test('a million elements of mean 1e4 in one channel', async () => {
  const random = randomStream(13, 'batch norm million');
  const [errors] = await normalised(4, 1, 250_000, () => random.normal(1e4, 0.1));
  assert.ok(errors && errors.y < 3e-6 && errors.variance < 1e-6, JSON.stringify(errors));
});

test('first elements far from all others cost few digits', async () => {
  const random = randomStream(12, 'batch norm outlier');
  const [errors] = await normalised(1, 1, 4096, (i) => (i < 4 ? 1e4 : random.normal(3, 1)));
  assert.ok(errors && errors.y < 3e-6 && errors.variance < 5e-6, JSON.stringify(errors));
});

interface Case {
  size: [batch: number, channels: number, area: number];
  relu: boolean;
  residual: boolean;
}

/** Everything that a training step of a norm leaves behind, forward and backward. */
async function trained({ size, relu, residual }: Case, whole: boolean): Promise<Float32Array[]> {
  const [batch, channels, area] = size;
  const gpu = await testGpu();
  const random = randomStream(17, 'batch norm whole', batch, channels, area);
  const drawn = (n: number) => gpu.upload(Float32Array.from({ length: n }, () => random.normal(1, 2)));
  const n = batch * channels * area;
  const [x, added, gy] = [drawn(n), drawn(n), drawn(n)];
  const [weight, bias, runningMean, runningVar] = [drawn(channels), drawn(channels), drawn(channels), drawn(channels)];
  const batchesTracked = drawn(1);
  const [y, gx, gresidual] = [gpu.alloc(4 * n), gpu.alloc(4 * n), gpu.alloc(4 * n)];
  const statistics = gpu.alloc(STATISTICS_BYTES * channels);
  const [gweight, gbias] = [gpu.alloc(4 * channels), gpu.alloc(4 * channels)];
  const norm = { x, statistics, weight, bias, relu, shape: { batch, channels, area }, whole } as const;
  const running = { runningMean, runningVar, batchesTracked, momentum: 0.1, eps: 1e-5 };
  batchNormTraining(gpu, { ...norm, ...running, residual: residual ? added : null, y });
  const masked = relu && residual ? { y, gresidual } : null;
  batchNormGradients(gpu, { ...norm, gy, residual: masked, gweight, gbias, gx });
  const left = [
    y,
    statistics,
    runningMean,
    runningVar,
    batchesTracked,
    gweight,
    gbias,
    gx,
    ...(masked ? [gresidual] : []),
  ];
  const results = await Promise.all(left.map(async (buffer) => new Float32Array(await gpu.read(buffer))));
  for (const buffer of [x, added, gy, weight, bias, runningMean, runningVar, batchesTracked, y, gx, gresidual])
    buffer.release();
  for (const buffer of [statistics, gweight, gbias]) buffer.release();
  return results;
}

for (const size of [
  [2, 3, 1],
  [5, 70, 3],
  [7, 3, 4],
  [2, 5, 3136],
  [3, 2, 5000],
  [1, 2, 65_535],
] as const) {
  for (const [relu, residual] of [
    [false, false],
    [true, false],
    [true, true],
    [false, true],
  ] as const) {
    test(`a workgroup a channel gives the bits of parts: [${size}], relu ${relu}, residual ${residual}`, async () => {
      const each: Case = { size: [...size], relu, residual };
      const [whole, parts] = [await trained(each, true), await trained(each, false)];
      whole.forEach((values, i) => {
        assert.ok(sameBits(values, parts[i] as Float32Array), `result ${i} differs`);
      });
    });
  }
}

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  explain,
  functional as F,
  Flatten,
  Linear,
  Module,
  ReLU,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';
import { differences } from './finite-differences.ts';

const test = suite('nn.explain');

const [HEIGHT, WIDTH, MAPS] = [10, 12, 5];

class Tiny extends Module {
  readonly layer3: Conv2d;
  readonly bn: BatchNorm2d;
  readonly relu = new ReLU();
  readonly flatten = new Flatten();
  readonly fc: Linear;
  readonly unused: Linear;

  constructor(gpu: Gpu) {
    super();
    this.layer3 = new Conv2d(gpu, 1, MAPS, 3, { stride: 2, padding: 1 });
    this.bn = new BatchNorm2d(gpu, MAPS);
    this.fc = new Linear(gpu, MAPS * 30, 2);
    this.unused = new Linear(gpu, 1, 1);
  }

  forward(x: Tensor): Tensor {
    return scope(() =>
      this.fc.forward(this.flatten.forward(this.relu.forward(this.bn.forward(this.layer3.forward(x))))),
    );
  }
}

const random = randomStream(3, 'explain test');
const PICTURE = Float32Array.from({ length: HEIGHT * WIDTH }, () => random.uniform());

/** Bilinear resampling of one plane, pixels as squares. */
function enlarged(plane: Float32Array, [height, width]: number[], [outHeight, outWidth]: number[]): Float64Array {
  const taps = (o: number, size: number, outSize: number) => {
    const place = Math.max(0, ((o + 0.5) * size) / outSize - 0.5);
    const first = Math.floor(place);
    return { first, second: Math.min(first + 1, size - 1), share: place - first };
  };
  const at = (y: number, x: number) => plane[y * (width as number) + x] as number;
  const result = new Float64Array((outHeight as number) * (outWidth as number));
  result.forEach((_, i) => {
    const row = taps(Math.floor(i / (outWidth as number)), height as number, outHeight as number);
    const column = taps(i % (outWidth as number), width as number, outWidth as number);
    const line = (y: number) => at(y, column.first) * (1 - column.share) + at(y, column.second) * column.share;
    result[i] = line(row.first) * (1 - row.share) + line(row.second) * row.share;
  });
  return result;
}

function unit(values: Float64Array): Float64Array {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

async function read(make: () => Tensor): Promise<Float32Array> {
  const y = scope(make);
  const values = await y.toArray();
  y.dispose();
  return values;
}

/** Score-CAM map by map, with everything but the network in plain arithmetic. */
async function expectedMap(gpu: Gpu, net: Tiny, recipe: explain.ScoreCamRecipe): Promise<Float64Array> {
  const score = async (picture: Float32Array) => {
    const [, s = 0] = await read(() => net.forward(tensor(gpu, picture, [1, 1, HEIGHT, WIDTH])));
    return 40 + 10 * s;
  };
  const features = await read(() => net.layer3.forward(tensor(gpu, PICTURE, [1, 1, HEIGHT, WIDTH])));
  const baseline = recipe === 'wang2020' ? await score(new Float32Array(HEIGHT * WIDTH)) : 0;
  const total = new Float64Array(HEIGHT * WIDTH);
  for (let m = 0; m < MAPS; m++) {
    const map = enlarged(
      features.slice(30 * m, 30 * (m + 1)).map((value) => Math.max(value, 0)),
      [5, 6],
      [HEIGHT, WIDTH],
    );
    const mask = unit(map);
    const weight = (await score(PICTURE.map((value, i) => value * (mask[i] as number)))) - baseline;
    map.forEach((value, i) => {
      total[i] = (total[i] as number) + weight * value;
    });
  }
  return unit(total.map((value) => Math.max(value, 0)));
}

for (const recipe of ['wang2020', 'kerber2023'] as const) {
  test(`Score-CAM, recipe ${recipe}, map by map`, async () => {
    const gpu = await testGpu();
    const net = new Tiny(gpu).initialise(1);
    const picture = tensor(gpu, PICTURE, [1, 1, HEIGHT, WIDTH]);
    const done: number[] = [];
    const onProgress = (count: number) => done.push(count);
    const before = gpu.memory.inUse;
    const map = await explain.scoreCam(net, picture, {
      recipe,
      output: 1,
      mean: 40,
      deviation: 10,
      batch: 2,
      onProgress,
    });
    const actual = await map.toArray();
    assert.equal(map.shape, [HEIGHT, WIDTH]);
    assert.equal(done, [2, 4, 5]);
    map.dispose();
    assert.is(gpu.memory.inUse, before);
    assert.ok(net.training && net.bn.training, 'the network is left in training mode');
    const expected = await expectedMap(gpu, net.eval(), recipe);
    assert.ok(Math.max(...expected) === 1 && new Set(expected).size > 30, 'the explanation varies');
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] as number))));
    assert.ok(worst < 2e-5, `off by ${worst}`);
    net.dispose();
    picture.dispose();
  });
}

for (const method of ['grad_cam', 'grad_cam_pp'] as const) {
  test(`${method}: by its formula, from the gradient of the features`, async () => {
    const gpu = await testGpu();
    const net = new Tiny(gpu).initialise(1);
    const picture = tensor(gpu, PICTURE, [1, 1, HEIGHT, WIDTH]);
    const before = gpu.memory.inUse;
    const map = explain.gradCam(net, picture, { method, output: 1, deviation: 10 });
    assert.equal(map.shape, [HEIGHT, WIDTH]);
    const actual = await map.toArray();
    map.dispose();
    assert.is(gpu.memory.inUse, before);
    assert.ok(net.training && net.bn.training, 'the network is left in training mode');
    assert.ok(
      net.parameters().every((each) => each.requiresGrad && each.grad === null),
      'parameters are as they were',
    );
    const { features, gradient } = await featuresAndGradient(gpu, net.eval());
    const total = new Float64Array(30);
    for (let m = 0; m < MAPS; m++) {
      const a = features.slice(30 * m, 30 * (m + 1));
      const g = gradient.slice(30 * m, 30 * (m + 1));
      const sumOf = (values: Float32Array) => values.reduce((s, value) => s + value, 0);
      const positive = g.map((value) => Math.max(0, value));
      const weight =
        method === 'grad_cam' ? sumOf(g) / 30 : sumOf(positive.map((value) => value / (2 + value * sumOf(a))));
      a.forEach((value, i) => {
        total[i] = (total[i] as number) + weight * value;
      });
    }
    const expected = unit(
      enlarged(
        Float32Array.from(total, (value) => Math.max(0, value)),
        [5, 6],
        [HEIGHT, WIDTH],
      ),
    );
    assert.ok(new Set(expected).size > 20, 'the explanation varies');
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] as number))));
    assert.ok(worst < 2e-5, `off by ${worst}`);
    net.dispose();
    picture.dispose();
  });
}

/** What layer3 puts out, and the gradient of 10 · output 1 with respect to it. */
async function featuresAndGradient(gpu: Gpu, net: Tiny): Promise<{ features: Float32Array; gradient: Float32Array }> {
  const features = await read(() => net.layer3.forward(tensor(gpu, PICTURE, [1, 1, HEIGHT, WIDTH])));
  const leaf = tensor(gpu, features, [1, MAPS, 5, 6], { requiresGrad: true });
  scope(() => {
    const output = net.fc.forward(net.flatten.forward(net.relu.forward(net.bn.forward(leaf))));
    output.backward(tensor(gpu, [0, 10], [1, 2]));
  });
  const gradient = await (leaf.grad as Tensor).toArray();
  leaf.dispose();
  net.zeroGrad();
  return { features, gradient };
}

test('what cannot be explained is refused, and nothing is left behind', async () => {
  const gpu = await testGpu();
  const net = new Tiny(gpu).initialise(1);
  const picture = tensor(gpu, PICTURE, [1, 1, HEIGHT, WIDTH]);
  const before = gpu.memory.inUse;
  const refusal = async (options: explain.ScoreCamOptions, given = picture): Promise<string> => {
    try {
      await explain.scoreCam(net, given, options);
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  };
  assert.match(await refusal({ layer: 'layer9' }), /no layer "layer9"; it has layer3, bn, relu/);
  assert.match(await refusal({ layer: 'unused' }), /"unused" takes no part/);
  assert.match(await refusal({ layer: 'flatten' }), /"flatten" puts out \[1, 150\]/);
  assert.match(await refusal({ output: 2 }), /puts out \[\d, 2\], which has no output 2/);
  assert.is(gpu.memory.inUse, before);
  const plane = tensor(gpu, PICTURE, [HEIGHT, WIDTH]);
  assert.match(await refusal({}, plane), /shape \[10, 12\]; it must be \[1, channels, height, width\]/);
  for (const each of [plane, picture, net]) each.dispose();
});

const SIZES: [[number, number], [number, number]][] = [
  [
    [3, 4],
    [7, 9],
  ],
  [
    [5, 4],
    [2, 3],
  ],
  [
    [1, 6],
    [4, 1],
  ],
];

for (const [from, to] of SIZES) {
  for (const [mode, alignCorners] of [
    ['nearest', false],
    ['bilinear', false],
    ['bilinear', true],
  ] as const) {
    test(`interpolate ${from} to ${to}, ${mode}${alignCorners ? ', corners aligned' : ''}: gradient against finite differences`, async () => {
      const gpu = await testGpu();
      const x = Array.from({ length: 2 * from[0] * from[1] }, (_, i) => Math.sin(3 * i));
      const fn = (t: Tensor) => F.interpolate(t, { size: to, mode, alignCorners });
      const { analytic, numeric } = await differences(gpu, x, [1, 2, ...from], fn);
      for (const [i, g] of analytic.entries())
        assert.ok(Math.abs(g - (numeric[i] as number)) < 1e-3 * (1 + Math.abs(g)), `${i}: ${g} against ${numeric[i]}`);
    });
  }
}

test('interpolate: values as in PyTorch', async () => {
  const gpu = await testGpu();
  const resized = (size: [number, number], options: F.InterpolateOptions) =>
    read(() => F.interpolate(tensor(gpu, [0, 1, 2, 3, 4, 5], [1, 1, 2, 3]), { size, ...options }));
  assert.equal([...(await resized([4, 4], { mode: 'nearest' }))], [0, 0, 1, 2, 0, 0, 1, 2, 3, 3, 4, 5, 3, 3, 4, 5]);
  const near = (actual: Float32Array, expected: number[]) =>
    assert.ok(
      actual.length === expected.length && expected.every((value, i) => Math.abs(value - (actual[i] as number)) < 1e-6),
      `${actual}`,
    );
  near(await resized([3, 2], { mode: 'bilinear' }), [0.25, 1.75, 1.75, 3.25, 3.25, 4.75]);
  near(await resized([3, 2], { mode: 'bilinear', alignCorners: true }), [0, 2, 1.5, 3.5, 3, 5]);
  near(await resized([1, 1], { mode: 'bilinear', alignCorners: true }), [0]);
});

test.run();

/** Checks of explanations, on networks of which the answers are known. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  explain,
  Flatten,
  Linear,
  Module,
  resnet20,
  type StateDict,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { randomStream } from '../../src/util/random.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.explain checks');

const [CHANNELS, HEIGHT, WIDTH] = [2, 6, 8];
const PLANE = HEIGHT * WIDTH;

/** Output 1 is the sum of weight · pixel over all channels. */
class Weighted extends Module {
  readonly flatten = new Flatten();
  readonly fc: Linear;

  constructor(gpu: Gpu, weights: readonly number[]) {
    super();
    this.fc = new Linear(gpu, CHANNELS * PLANE, 2);
    const weight = Float32Array.from([...weights.map(() => 0), ...weights]);
    this.fc.loadStateDict(
      new Map([
        ['weight', { shape: [2, weights.length], data: weight }],
        ['bias', { shape: [2], data: Float32Array.of(7, 3) }],
      ]),
    );
  }

  forward(x: Tensor): Tensor {
    return scope(() => this.fc.forward(this.flatten.forward(x)));
  }
}

const random = randomStream(11, 'explain checks');
const PICTURE = Float32Array.from({ length: CHANNELS * PLANE }, () => random.uniform());

async function curvesOf(gpu: Gpu, net: Module, map: Float32Array, options: explain.CurveOptions) {
  const picture = tensor(gpu, PICTURE, [1, CHANNELS, HEIGHT, WIDTH]);
  const before = gpu.memory.inUse;
  const curves = await explain.perturbationCurves(net, picture, map, options);
  assert.is(gpu.memory.inUse, before);
  picture.dispose();
  return curves;
}

test('curves of a weighted sum are the sums of what is gone or yet to come, equal pixels from the top left', async () => {
  const gpu = await testGpu();
  const weights = Array.from({ length: CHANNELS * PLANE }, () => random.uniform(-1, 1));
  const net = new Weighted(gpu, weights);
  const map = Float32Array.from({ length: PLANE }, () => random.integer(5));
  const [steps, deviation] = [5, 10];
  const { deletion, insertion } = await curvesOf(gpu, net, map, { output: 1, mean: 40, deviation, steps, batch: 3 });
  assert.ok(net.training, 'the network is left in training mode');
  const order = [...map.keys()].sort((a, b) => (map[b] as number) - (map[a] as number) || a - b);
  const worth = (pixels: readonly number[]) =>
    pixels.reduce(
      (sum, pixel) =>
        sum + [0, PLANE].reduce((s, at) => s + (weights[at + pixel] as number) * (PICTURE[at + pixel] as number), 0),
      0,
    );
  for (let step = 0; step <= steps; step++) {
    const seen = Math.round((step * PLANE) / steps);
    const expected = { gone: worth(order.slice(0, seen)), missing: worth(order.slice(seen)) };
    assert.ok(Math.abs((deletion[step] as number) - deviation * Math.abs(expected.gone)) < 1e-4, `deletion ${step}`);
    assert.ok(
      Math.abs((insertion[step] as number) - deviation * Math.abs(expected.missing)) < 1e-4,
      `insertion ${step}`,
    );
  }
  assert.is(deletion[0], 0);
  assert.is(insertion[steps], 0);
  assert.is(insertion[0], deletion[steps]);
  net.dispose();
});

test('the area of a curve is that of its trapezoids', () => {
  assert.is(explain.areaUnder([0, 1]), 0.5);
  assert.is(explain.areaUnder([2, 2, 2, 2]), 2);
  assert.is(explain.areaUnder([0, 4, 0]), 2);
});

test('of a network that looks at one corner the true map beats a random order, and a false one is beaten', async () => {
  const gpu = await testGpu();
  const corner = Float32Array.from({ length: PLANE }, (_, i) => Number(i % WIDTH < 3 && Math.floor(i / WIDTH) < 2));
  const net = new Weighted(gpu, [...corner, ...corner]);
  const area = async (map: Float32Array) => {
    const { deletion, insertion } = await curvesOf(gpu, net, map, { output: 1, steps: 12 });
    return { deletion: explain.areaUnder(deletion), insertion: explain.areaUnder(insertion) };
  };
  const truth = await area(corner);
  const lie = await area(corner.map((value) => 1 - value));
  for (let i = 0; i < 5; i++) {
    const noise = await area(Float32Array.from({ length: PLANE }, () => random.uniform()));
    assert.ok(truth.deletion > noise.deletion && noise.deletion > lie.deletion, `deletion ${i}`);
    assert.ok(truth.insertion < noise.insertion && noise.insertion < lie.insertion, `insertion ${i}`);
  }
  net.dispose();
});

test('curves that cannot be taken are refused with the numbers', async () => {
  const gpu = await testGpu();
  const net = new Weighted(gpu, new Array(CHANNELS * PLANE).fill(1));
  const refusal = (map: Float32Array, options: explain.CurveOptions) =>
    curvesOf(gpu, net, map, options).then(
      () => 'no error',
      (error: Error) => error.message,
    );
  assert.match(await refusal(new Float32Array(5), {}), /a map of 5 pixels for a picture of 6 × 8/);
  assert.match(await refusal(new Float32Array(PLANE), { steps: 0 }), /0 steps/);
  assert.match(await refusal(new Float32Array(PLANE), { output: 2 }), /no output 2/);
  net.dispose();
});

const same = (state: StateDict, other: StateDict, name: string) =>
  state.get(name)?.data.every((value, i) => value === other.get(name)?.data[i]) ?? false;

test('a network loses its parts from the output to the input, running statistics with them', async () => {
  const gpu = await testGpu();
  const options = { gpu, inChannels: 1, outChannels: 2 };
  const [net, fresh] = [resnet20({ ...options, seed: 1 }), resnet20({ ...options, seed: 2 })] as [Module, Module];
  net.loadStateDict(
    new Map(
      [...(await net.stateDict())].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => v + 0.5) }]),
    ),
  );
  const untrained = await fresh.stateDict();
  const parts = ['linear', 'layer3', 'layer2', 'layer1', 'conv1'];
  const lost: string[] = [];
  for (const part of explain.cascadingRandomisation(net, fresh)) {
    lost.push(part);
    const state = await net.stateDict();
    for (const name of state.keys()) {
      const owner = name.split('.')[0] === 'bn1' ? 'conv1' : (name.split('.')[0] as string);
      assert.is(same(state, untrained, name), lost.includes(owner), `${name} after ${part}`);
    }
  }
  assert.equal(lost, parts);
  assert.equal(await fresh.stateDict(), untrained);
  for (const each of [net, fresh]) each.dispose();
});

class Deep extends Module {
  readonly features = [new Conv2d(1, 2, 3), new BatchNorm2d(2), new Conv2d(2, 3, 3)];
  readonly classifier: Linear;

  constructor(outputs: number) {
    super();
    this.classifier = new Linear(3, outputs);
  }

  forward(x: Tensor): Tensor {
    return x;
  }
}

test('a network of few children is cut below them; one of other sizes is refused', async () => {
  await testGpu();
  const [net, fresh, other] = [new Deep(2), new Deep(2), new Deep(1)].map((each) => each.initialise(1)) as [
    Deep,
    Deep,
    Deep,
  ];
  assert.equal([...explain.cascadingRandomisation(net, fresh)], ['classifier', 'features.2', 'features.0']);
  assert.throws(() => [...explain.cascadingRandomisation(net, other)], /no "classifier.weight" of this size/);
  for (const each of [net, fresh, other]) each.dispose();
});

test('untrained parts change a map; the same network keeps it to the bit', async () => {
  const gpu = await testGpu();
  const options = { gpu, inChannels: 1, outChannels: 1 };
  const net = (seed: number) => resnet20({ ...options, seed }) as Module;
  const [fresh, twin] = [net(5), net(4)];
  const picture = tensor(
    gpu,
    Float32Array.from({ length: 32 * 32 }, () => random.uniform()),
    [1, 1, 32, 32],
  );
  const mapOf = async (network: Module) => {
    const map = explain.gradCam(network, picture, { layer: 'layer2', method: 'grad_cam_pp' });
    const values = await map.toArray();
    map.dispose();
    return values;
  };
  const losing = net(4);
  const original = await mapOf(losing);
  assert.ok(new Set(original).size > 30, 'the map varies');
  const similarities = async (target: Module) => {
    const found: number[] = [];
    for (const _ of explain.cascadingRandomisation(losing, target)) {
      const map = await mapOf(losing);
      found.push(explain.spearman(original, map), explain.structuralSimilarity(original, map, [32, 32]));
    }
    return found;
  };
  for (const value of await similarities(twin)) assert.ok(Math.abs(value - 1) < 1e-12, `${value}`);
  const last = (await similarities(fresh)).slice(-2);
  for (const value of last) assert.ok(value < 0.9, `${last}`);
  for (const each of [fresh, twin, losing, picture]) each.dispose();
});

test('similarity: of a map and itself, its reverse, a map of one value, and others', () => {
  const map = Float32Array.from({ length: 8 * 9 }, (_, i) => ((i * 31) % 72) / 72);
  assert.ok(Math.abs(explain.spearman(map, map) - 1) < 1e-12);
  assert.ok(
    Math.abs(
      explain.spearman(
        map,
        map.map((value) => 1 - value),
      ) + 1,
    ) < 1e-12,
  );
  assert.ok(
    Math.abs(
      explain.spearman(
        map,
        map.map((value) => value ** 3),
      ) - 1,
    ) < 1e-12,
    'only the order counts',
  );
  assert.ok(Number.isNaN(explain.spearman(map, new Float32Array(72))));
  assert.ok(Math.abs(explain.structuralSimilarity(map, map, [8, 9]) - 1) < 1e-12);
  assert.ok(
    explain.structuralSimilarity(
      map,
      map.map((value) => 1 - value),
      [8, 9],
    ) < 0,
  );
  assert.throws(() => explain.spearman(map, new Float32Array(3)), /72 and 3 pixels/);
  assert.throws(() => explain.structuralSimilarity(map, map, [6, 12]), /72 pixels as 6 × 12; both sides must be 7/);
});

test.run();

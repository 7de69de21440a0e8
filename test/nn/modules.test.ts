import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  full,
  initialisers,
  LayerNorm,
  Linear,
  Module,
  noGrad,
  Parameter,
  ReLU,
  resnet18,
  resnet50,
  Sequential,
  scope,
  type Tensor,
  tensor,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.layers');

class Small extends Module {
  readonly features: Sequential;
  readonly heads: Linear[];

  constructor(gpu: Gpu) {
    super();
    this.features = new Sequential(
      new Conv2d(gpu, 1, 4, 3, { padding: 1, bias: false }),
      new BatchNorm2d(gpu, 4),
      new ReLU(),
      new Flatten(),
    );
    this.heads = [new Linear(gpu, 64, 3), new Linear(gpu, 3, 2, { bias: false })];
  }

  forward(x: Tensor): Tensor {
    return this.heads.reduce((value: Tensor, head) => head.forward(value), this.features.forward(x));
  }
}

const NAMES = [
  'features.0.weight',
  'features.1.weight',
  'features.1.bias',
  'features.1.running_mean',
  'features.1.running_var',
  'features.1.num_batches_tracked',
  'heads.0.weight',
  'heads.0.bias',
  'heads.1.weight',
];

test('tensors are named by the path that leads to them', async () => {
  const net = new Small(await testGpu());
  assert.equal([...net.namedTensors().keys()], NAMES);
  assert.equal([...net.namedBuffers().keys()], NAMES.slice(3, 6));
  assert.is(net.parameters().length, 6);
  assert.throws(
    () => net.forward(full(net.heads[0]?.weight.gpu as Gpu, [1, 1, 4, 4], 1)),
    /has no values; call initialise\(seed\) or load/,
  );
  net.dispose();
});

test('a state comes back bit for bit, and first values depend on seed and name alone', async () => {
  const gpu = await testGpu();
  const first = new Small(gpu).initialise(7);
  const other = new Small(gpu).initialise(8);
  const state = await first.stateDict();
  const changed = await other.stateDict();
  assert.not.equal(changed.get('heads.0.bias'), state.get('heads.0.bias'));
  assert.not.equal(state.get('heads.0.weight')?.data.slice(0, 3), state.get('heads.1.weight')?.data.slice(0, 3));
  assert.equal(other.loadStateDict(state), { missing: [], unexpected: [], misshapen: [], notes: [] });
  assert.equal(await other.stateDict(), state);
  assert.equal(await new Small(gpu).initialise(7).stateDict(), state);
  const bound = 1 / Math.sqrt(64);
  const weight = state.get('heads.0.weight')?.data ?? [];
  assert.ok(weight.every((value) => Math.abs(value) <= bound) && weight.some((value) => Math.abs(value) > 0.8 * bound));
  for (const net of [first, other]) net.dispose();
});

test('what does not fit a network is listed, and nothing is changed', async () => {
  const gpu = await testGpu();
  const net = new Small(gpu).initialise(1);
  const before = await net.stateDict();
  const state = new Map(before);
  state.delete('features.1.num_batches_tracked');
  state.delete('heads.0.bias');
  state.set('fc.weight', { shape: [1], data: new Float32Array(1) });
  state.set('heads.1.weight', { shape: [5, 3], data: new Float32Array(15) });
  state.set('features.1.bias', { shape: [4], data: new Float32Array(4).fill(9) });
  const message =
    /1 missing \(heads\.0\.bias\), 1 unexpected \(fc\.weight\), 1 misshapen \(heads\.1\.weight \[5, 3\], the network has \[2, 3\]\)/;
  assert.throws(() => net.loadStateDict(state), message);
  assert.equal(await net.stateDict(), before);
  const report = net.loadStateDict(state, { strict: false });
  assert.equal(report.missing, ['heads.0.bias']);
  assert.equal([...((await net.stateDict()).get('features.1.bias')?.data ?? [])], [9, 9, 9, 9]);
  net.dispose();
});

test('training moves the running statistics, evaluation uses them', async () => {
  const gpu = await testGpu();
  const norm = new BatchNorm2d(gpu, 2).initialise(0);
  const x = tensor(gpu, [1, 3, 10, 30], [2, 2, 1, 1]);
  const run = async () => {
    const y = noGrad(() => norm.forward(x));
    const values = [...(await y.toArray())];
    y.dispose();
    return values;
  };
  const trained = await run();
  assert.ok(Math.abs((trained[0] as number) + 1) < 1e-4, `${trained}`);
  const state = await norm.stateDict();
  const near = (name: string, expected: number[]) => {
    const actual = state.get(name)?.data ?? [];
    assert.ok(
      expected.every((value, i) => Math.abs((actual[i] as number) - value) < 1e-4),
      `${name}: ${actual}`,
    );
  };
  near('running_mean', [0.55, 1.65]);
  near('running_var', [0.9 + 4.05, 0.9 + 36.45]);
  near('num_batches_tracked', [1]);
  norm.eval();
  const used = await run();
  assert.ok(Math.abs((used[0] as number) - (1 - 0.55) / Math.sqrt(4.95)) < 1e-4);
  assert.equal(await norm.stateDict(), state);
  norm.dispose();
  x.dispose();
});

test('ResNets have torchvision’s tensors', async () => {
  const gpu = await testGpu();
  const net = resnet18({ gpu, inChannels: 1, outChannels: 2 });
  const shapes = Object.fromEntries([...net.namedTensors()].map(([name, tensor]) => [name, tensor.shape]));
  assert.is(Object.keys(shapes).length, 122);
  assert.equal(shapes['conv1.weight'], [64, 1, 7, 7]);
  assert.equal(shapes['layer1.0.conv1.weight'], [64, 64, 3, 3]);
  assert.equal(shapes['layer2.0.downsample.0.weight'], [128, 64, 1, 1]);
  assert.equal(shapes['layer4.1.bn2.running_var'], [512]);
  assert.equal(shapes['fc.weight'], [2, 512]);
  assert.is(net.namedParameters().size, 62);
  const large = resnet50({ gpu });
  const count = large.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  assert.is(count, 25_557_032);
  assert.is(large.namedTensors().size, 320);
  assert.equal(large.namedTensors().get('layer3.5.conv3.weight')?.shape, [1024, 256, 1, 1]);
  net.dispose();
  large.dispose();
});

/** Two inputs, two outputs, and parameters of its own. */
class Own extends Module<[Tensor, Tensor], [x: Tensor, y: Tensor]> {
  readonly scale = new Parameter([2], initialisers.ones);
  readonly parts = [new Linear(2, 2), new LayerNorm(2), new Dropout(0.5)];
  readonly bare = new Parameter([1]);

  forward(x: Tensor, y: Tensor): [Tensor, Tensor] {
    return scope(() => [x.mul(this.scale), y.add(this.scale)]);
  }
}

test('layers lie on the default device; parameters of one’s own, several inputs and outputs', async () => {
  const gpu = await testGpu();
  const net = new Own().initialise(1);
  assert.equal([...net.namedParameters().keys()].slice(0, 3), ['scale', 'bare', 'parts.0.weight']);
  assert.ok(net.parameters().every((parameter) => parameter.gpu === gpu));
  const [x, y] = net.forward(tensor([3, 4]), tensor([1, 1]));
  assert.equal([...(await x.toArray()), ...(await y.toArray())], [3, 4, 2, 2]);
  assert.throws(() => net.bare.buffer, /has no values; .* \(for initialise, give it an initialiser/);
  net.dispose();
});

test('forward passes of a network leave nothing behind', async () => {
  const gpu = await testGpu();
  const net = new Small(gpu).initialise(3);
  const x = full(gpu, [2, 1, 4, 4], 0.5);
  const before = gpu.memory.inUse;
  scope(() => {
    net.forward(x);
  });
  scope(() => {
    noGrad(() => net.eval().forward(x));
  });
  assert.is(gpu.memory.inUse, before);
  net.dispose();
  x.dispose();
});

test.run();

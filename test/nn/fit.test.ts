/** Weights under other names and of other shapes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  Conv2d,
  densenet121,
  inception_v3,
  Linear,
  Module,
  resnet20,
  type StateDict,
  type Tensor,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.layers.fit');

class Small extends Module {
  readonly conv: Conv2d;
  readonly fc: Linear;

  constructor(gpu: Gpu, channels: number, outputs: number) {
    super();
    this.conv = new Conv2d(gpu, channels, 2, [1, 2]);
    this.fc = new Linear(gpu, 2, outputs);
  }

  forward(x: Tensor): Tensor {
    return this.fc.forward(this.conv.forward(x));
  }
}

const counted = (shape: number[], start = 0) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => start + i),
});

/** Of a network for three colours and four classes. */
const COLOURS: StateDict = new Map([
  ['conv.weight', counted([2, 3, 1, 2], 1)],
  ['conv.bias', counted([2], 20)],
  ['fc.weight', counted([4, 2], 30)],
  ['fc.bias', counted([4], 40)],
]);

const named = (rename: (name: string) => string): StateDict =>
  new Map([...COLOURS].map(([name, values]) => [rename(name), values]));

const plain = (state: StateDict) => [...state].map(([name, { data }]) => [name, [...data]]);

test('the words under which most names fit are removed, others are reported', async () => {
  const gpu = await testGpu();
  const net = new Small(gpu, 3, 4);
  const prefixed = named((name) => `module.model._orig_mod.${name}`);
  prefixed.set('loss.weight', counted([3]));
  const report = net.loadStateDict(prefixed, { strict: false });
  assert.equal(report, {
    missing: [],
    unexpected: ['loss.weight'],
    misshapen: [],
    notes: ['"_orig_mod." was removed from 4 names', 'the prefix "module.model." was removed from 4 of 5 names'],
  });
  assert.equal(plain(await net.stateDict()), plain(COLOURS));
  assert.throws(() => net.loadStateDict(prefixed), /do not fit the network: 1 unexpected \(loss\.weight\)/);
  assert.throws(
    () =>
      net.loadStateDict(
        named((name) => `a.${name}`),
        { prefix: '' },
      ),
    /4 missing .*4 unexpected \(a\.conv\.weight; /,
  );
  assert.equal(
    net.loadStateDict(
      named((name) => `a.${name}`),
      { prefix: 'a.' },
    ).missing,
    [],
  );
  net.dispose();
});

test('a key map brings the names of another program', async () => {
  const gpu = await testGpu();
  const net = new Small(gpu, 3, 4);
  const caffe = named((name) => name.replace('.weight', '.w').replace('.bias', '.b'));
  caffe.set('extra', counted([1]));
  const back = (name: string) => (name === 'extra' ? null : name.replace(/\.w$/, '.weight').replace(/\.b$/, '.bias'));
  const table = Object.fromEntries([...caffe.keys()].map((name) => [name, back(name)]));
  for (const keyMap of [back, table]) {
    const fresh = new Small(gpu, 3, 4);
    assert.equal(fresh.loadStateDict(caffe, { keyMap }).notes, ['1 of 5 tensors were left out by the key map']);
    assert.equal(plain(await fresh.stateDict()), plain(COLOURS));
    fresh.dispose();
  }
  assert.throws(() => net.loadStateDict(caffe, { keyMap: () => 'one' }), /would both be named "one"/);
  net.dispose();
});

test('a grey network with another head starts from weights for colours', async () => {
  const gpu = await testGpu();
  const net = new Small(gpu, 1, 2).initialise(1);
  const before = await net.stateDict();
  assert.throws(
    () => net.loadStateDict(COLOURS),
    /3 misshapen \(conv\.weight \[2, 3, 1, 2\], the network has \[2, 1, 1, 2\]; fc\.weight/,
  );
  assert.equal(plain(await net.stateDict()), plain(before), 'nothing was changed');
  const report = net.loadStateDict(COLOURS, { adapt: true });
  assert.equal(report.notes, [
    "conv.weight: the sum over its 3 colours serves the network's one channel",
    'a new head: fc.weight [2, 2] ([4, 2] in the file), fc.bias [2] ([4] in the file) kept the values they had',
  ]);
  const state = await net.stateDict();
  // Rows (1, 2), (3, 4), (5, 6) of the first output and so on.
  assert.equal([...(state.get('conv.weight')?.data ?? [])], [9, 12, 27, 30]);
  assert.equal([...(state.get('conv.bias')?.data ?? [])], [20, 21]);
  assert.equal(state.get('fc.weight'), before.get('fc.weight'));
  assert.equal(state.get('fc.bias'), before.get('fc.bias'));
  net.dispose();
});

test('what is neither first layer nor head is held to its shape', async () => {
  const gpu = await testGpu();
  const net = new Small(gpu, 1, 2).initialise(1);
  const other = new Map(COLOURS).set('conv.bias', counted([5]));
  assert.throws(() => net.loadStateDict(other, { adapt: true }), /3 misshapen \(conv\.bias \[5\]/);
  const two = new Map(COLOURS).set('conv.weight', counted([2, 2, 1, 2]));
  assert.throws(() => net.loadStateDict(two, { adapt: true }), /1 misshapen \(conv\.weight \[2, 2, 1, 2\]/);
  net.dispose();
});

test('names of older files, and parts that a network goes without', async () => {
  const gpu = await testGpu();
  const dense = densenet121({ gpu });
  assert.is(
    dense.knownAs('features.denseblock2.denselayer10.norm.1.weight'),
    'features.denseblock2.denselayer10.norm1.weight',
  );
  assert.is(dense.knownAs('features.norm0.weight'), 'features.norm0.weight');
  const inception = inception_v3({ gpu, auxLogits: false });
  assert.is(inception.knownAs('AuxLogits.fc.weight'), null);
  assert.is(inception.knownAs('fc.weight'), 'fc.weight');
  for (const each of [dense, inception]) each.dispose();
});

test('a head of other layers is new where nothing else is amiss', async () => {
  const gpu = await testGpu();
  const plainHead = densenet121({ gpu, inChannels: 1, outChannels: 3, seed: 1 });
  const hidden = densenet121({ gpu, inChannels: 1, outChannels: 2, hiddenFeatures: 4, seed: 2 });
  const state = new Map([...(await plainHead.stateDict())].filter(([name]) => !name.endsWith('num_batches_tracked')));
  const before = await hidden.classifier.stateDict();
  const { notes } = hidden.loadStateDict(state, { adapt: true });
  assert.is(notes.length, 1);
  assert.match(
    notes[0] ?? '',
    /a new head: classifier\.0\.weight \[4, 1024\], .* kept the values they had, in place of classifier\.weight \[3, 1024\], classifier\.bias \[3\]$/,
  );
  const after = await hidden.stateDict();
  assert.equal(after.get('features.norm5.bias'), state.get('features.norm5.bias'));
  assert.equal(after.get('features.conv0.weight'), state.get('features.conv0.weight'));
  assert.equal(await hidden.classifier.stateDict(), before);
  state.delete('features.conv0.weight');
  assert.throws(() => hidden.loadStateDict(state, { adapt: true }), /missing \(features\.conv0\.weight; classifier\.0/);
  for (const each of [plainHead, hidden]) each.dispose();
});

test('a whole network starts from one with other channels and classes', async () => {
  const gpu = await testGpu();
  const colours = resnet20({ gpu, seed: 1 });
  const grey = resnet20({ gpu, inChannels: 1, outChannels: 2, seed: 2 });
  const state = await colours.stateDict();
  const report = grey.loadStateDict(state, { adapt: true });
  assert.is(report.notes.length, 2);
  assert.equal(await grey.layer3.stateDict(), await colours.layer3.stateDict());
  for (const each of [colours, grey]) each.dispose();
});

test.run();

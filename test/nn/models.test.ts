/** Networks against torchvision's names, shapes and first values (test/reference/make_networks.py); outputs and gradients are reference cases. */

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  type AnyNetworkOptions,
  createNetwork,
  inception_v3,
  NETWORK_NAMES,
  type Network,
  networkName,
  noGrad,
  scope,
  squeezenet1_0,
  zeros,
} from '../../src/nn/index.ts';
import { compareTexts } from '../../src/util/order.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.models');

interface Described {
  params: { name: string; in_channels?: number; out_channels?: number; aux_logits?: boolean };
  tensors: number;
  elements: number;
  sha256: string;
  deviations: Record<string, number>;
}

const DESCRIBED: Record<string, Described> = JSON.parse(
  new TextDecoder().decode(await readFixture('reference/networks.json')),
);

function made(gpu: Gpu, { name, in_channels, out_channels, aux_logits }: Described['params']): Network {
  const options: AnyNetworkOptions = { gpu };
  if (in_channels !== undefined) options.inChannels = in_channels;
  if (out_channels !== undefined) options.outChannels = out_channels;
  if (aux_logits !== undefined) options.auxLogits = aux_logits;
  return createNetwork(networkName(name), options);
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

test('every network has the tensors of its reference', async () => {
  const gpu = await testGpu();
  assert.equal(
    NETWORK_NAMES.filter((name) => !DESCRIBED[name]),
    [],
  );
  for (const [what, { params, tensors, elements, sha256: expected }] of Object.entries(DESCRIBED)) {
    const network = made(gpu, params);
    const named = [...network.namedTensors()].sort(([a], [b]) => compareTexts(a, b));
    assert.is(named.length, tensors, what);
    assert.is(
      named.reduce((sum, [, { size }]) => sum + size, 0),
      elements,
      what,
    );
    const lines = named.map(([name, { shape }]) => `${name} [${shape.join(', ')}]\n`);
    assert.is(await sha256(lines.join('')), expected, what);
    network.dispose();
  }
});

/** The tensor alone is given its first values: whole networks take seconds. */
async function deviationOf(network: Network, name: string): Promise<number> {
  const module = network.namedModules().get(name.slice(0, name.lastIndexOf('.')));
  const tensor = module
    ?.initialise(3)
    .namedTensors()
    .get(name.slice(name.lastIndexOf('.') + 1));
  if (!tensor) throw new Error(`${name} is not there`);
  const values = await tensor.toArray();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

test('first values are spread as those of the reference', async () => {
  const gpu = await testGpu();
  let compared = 0;
  for (const { params, deviations } of Object.values(DESCRIBED)) {
    const network = made(gpu, params);
    for (const [name, expected] of Object.entries(deviations)) {
      const size = network.namedTensors().get(name)?.size as number;
      const actual = await deviationOf(network, name);
      // Both are estimates from `size` values; 5 standard errors of a normal distribution's deviation.
      const room = 5 * expected * Math.sqrt(1 / size);
      assert.ok(
        Math.abs(actual - expected) <= room,
        `${params.name} ${name}: ${actual}, reference ${expected} ± ${room}`,
      );
      compared++;
    }
    network.dispose();
  }
  assert.is(compared, 20);
});

test('sizes that do not fit are refused with the numbers', async () => {
  const gpu = await testGpu();
  const tiny = squeezenet1_0({ gpu, outChannels: 2, seed: 1 }).eval();
  const run = (side: number) => noGrad(() => scope(() => tiny.forward(zeros(gpu, [1, 3, side, side])))).shape;
  assert.equal(run(21), [1, 2]);
  assert.throws(() => run(20), /max_pool2d: no window of 3 × 3 fits a picture of 1 × 1/);
  assert.throws(
    () => inception_v3({ gpu, inChannels: 1, transformInput: true }),
    /for pictures of 3 colours, not of 1/,
  );
  assert.throws(() => networkName('resnet19'), /there is no network "resnet19"; did you mean "resnet18"\?; known are/);
  tiny.dispose();
});

test('without its auxiliary head Inception trains on one output', async () => {
  const gpu = await testGpu();
  const network = inception_v3({ gpu, inChannels: 1, outChannels: 2, auxLogits: false });
  assert.is(network.AuxLogits, null);
  assert.ok([...network.namedTensors().keys()].every((name) => !name.startsWith('AuxLogits')));
  network.dispose();
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import { encodeState, Linear, loadState, Module, optim, scope, type Tensor, tensor } from '../../src/nn/index.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.layers.state-file');

/** All its names begin with "net.", a prefix that training programs use. */
class Wrapped extends Module {
  readonly net: Linear;

  constructor(gpu: Gpu) {
    super();
    this.net = new Linear(gpu, 3, 2);
  }

  forward(x: Tensor): Tensor {
    return this.net.forward(x);
  }
}

test('a network comes back from the bytes of its file, a Blob of them, and under a stranger’s prefix', async () => {
  const gpu = await testGpu();
  const net = new Wrapped(gpu).initialise(1);
  const bytes = await net.toSafetensors();
  const state = await net.stateDict();
  const prefixed = (prefix: string) =>
    encodeState(new Map([...state].map(([name, values]) => [prefix + name, values])));
  for (const source of [bytes, bytes.buffer, new Blob([bytes]), prefixed('module.'), prefixed('_orig_mod.')]) {
    const other = new Wrapped(gpu);
    const { notes: _, ...misfits } = await other.load(source);
    assert.equal(misfits, { missing: [], unexpected: [], misshapen: [] });
    assert.equal(await other.stateDict(), state);
    other.dispose();
  }
  const bare = new Linear(gpu, 3, 2);
  await bare.load(bytes);
  assert.equal([...(await bare.stateDict()).values()], [...state.values()]);
  const other = new Linear(gpu, 4, 2);
  await refused(() => other.load(bytes), /1 misshapen \(weight \[2, 3\], the network has \[2, 4\]\)/);
  await refused(() => other.load(7 as never), /not as number/);
  for (const each of [net, bare, other]) each.dispose();
});

test('the state of an optimiser travels likewise', async () => {
  const gpu = await testGpu();
  const weight = tensor(gpu, [1, 2], { requiresGrad: true });
  const optimizer = new optim.Adam(new Map([['model.w', weight]]));
  scope(() => weight.square().sum().backward());
  optimizer.step();
  const state = await optimizer.stateDict();
  const back = await loadState(encodeState(state));
  optimizer.loadStateDict(back);
  assert.equal(await optimizer.stateDict(), state);
  for (const each of [weight, optimizer]) each.dispose();
});

test('what is no file of weights is refused', async () => {
  await refused(() => loadState(new TextEncoder().encode('<html>').slice()), /a web page, not the weights/);
  const index = (await readFixture('reference/cases/index.json')).slice();
  await refused(
    () => loadState(new File([index], 'index.json')),
    /index\.json: neither safetensors, PyTorch, npz nor npy/,
  );
});

async function refused(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work().then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.match(error instanceof Error ? error.message : String(error), message);
}

test.run();

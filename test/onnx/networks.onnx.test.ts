/** Every network of the registry, exported and run by onnxruntime, against the network itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  type AnyNetworkOptions,
  createNetwork,
  type Module,
  NETWORK_NAMES,
  type NetworkName,
  noGrad,
  scope,
  type Tensor,
  tensor,
  toOnnx,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';
import { noise, relativeError, runOnnx } from './runtime.ts';

const test = suite('onnx networks');

/** He's bound for weights, norms near 1, variances positive: networks whose outputs are neither 0 nor huge. */
function fill(network: Module<unknown, never[]>): void {
  let seed = 1;
  for (const [name, each] of network.namedTensors()) {
    const { shape, size } = each;
    if (name.endsWith('num_batches_tracked')) continue;
    const near1 = shape.length === 1 && /(weight|running_var)$/.test(name);
    const scale = shape.length > 1 ? Math.sqrt(6 / (size / (shape[0] as number))) : 0.25;
    each.write(noise(size, seed++).map((value) => (near1 ? 1 : 0) + scale * value));
  }
}

const OPTIONS: Partial<Record<NetworkName, Omit<AnyNetworkOptions, 'gpu'>>> = { vgg11_bn: { hiddenFeatures: 16 } };

function sidesOf(name: NetworkName): [height: number, width: number] {
  if (name === 'inception_v3') return [75, 83];
  return /^resnet(20|32|44|56|110)$/.test(name) ? [32, 35] : [64, 50];
}

async function compared(gpu: Gpu, name: NetworkName, inChannels: number): Promise<void> {
  const network = createNetwork(name, { gpu, inChannels, outChannels: 3, ...OPTIONS[name] });
  fill(network);
  const shape = [inChannels, ...sidesOf(name)];
  const model = await toOnnx(network as Module<Tensor>, { inputs: { picture: shape }, name });
  assert.ok(network.training, 'the network is left in the mode it was in');
  network.eval();
  for (const batch of [1, 3]) {
    const dims = [batch, ...shape];
    const data = noise(
      dims.reduce((a, b) => a * b),
      77 + batch,
    );
    const x = tensor(gpu, data, dims);
    const y = noGrad(() => scope(() => network.forward(x) as Tensor));
    const { output } = await runOnnx(model, { picture: { data, shape: dims } });
    assert.equal([...(output?.dims ?? [])], y.shape);
    const error = relativeError(await y.toArray(), output?.data);
    assert.ok(error <= 1e-4, `${name}, batch ${batch}: off by ${error}`);
    for (const each of [x, y]) each.dispose();
  }
  network.dispose();
}

for (const name of NETWORK_NAMES) {
  test(name, async () => compared(await testGpu(), name, name === 'resnet18' ? 1 : 3));
}

test.run();

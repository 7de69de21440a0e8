/** Networks of one's own: every operation that is exported, several inputs and outputs, batches of any size. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Gpu } from '../../src/gpu/index.ts';
import {
  BatchNorm2d,
  functional as F,
  LayerNorm,
  Linear,
  Module,
  noGrad,
  Parameter,
  scope,
  type Tensor,
  tensor,
  toOnnx,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';
import { noise, relativeError, runOnnx } from './runtime.ts';

const test = suite('onnx modules');

type Named = Record<string, Tensor>;

/** A module whose forward pass is this function. */
class Made extends Module<Named, Tensor[]> {
  readonly #forward: (inputs: Tensor[]) => Named;

  constructor(forward: (inputs: Tensor[]) => Named) {
    super();
    this.#forward = forward;
  }

  forward(...inputs: Tensor[]): Named {
    return scope(() => this.#forward(inputs));
  }
}

type Shapes = Record<string, readonly number[]>;

/** Exports, runs both on batches of 1 and 4, and compares all outputs. */
async function holds<Inputs extends Tensor[]>(gpu: Gpu, network: Module<Named, Inputs>, inputs: Shapes): Promise<void> {
  const model = await toOnnx(network, { inputs });
  network.eval();
  for (const batch of [1, 4]) {
    const given = Object.entries(inputs).map(([name, shape], i) => {
      const dims = [batch, ...shape];
      return [
        name,
        {
          data: noise(
            dims.reduce((a, b) => a * b),
            10 * batch + i,
          ),
          shape: dims,
        },
      ] as const;
    });
    const tensors = given.map(([, { data, shape }]) => tensor(gpu, data, shape));
    const ours = noGrad(() => network.forward(...(tensors as Inputs)));
    const theirs = await runOnnx(model, Object.fromEntries(given));
    assert.equal(Object.keys(theirs).sort(), Object.keys(ours).sort());
    for (const [name, output] of Object.entries(ours)) {
      assert.equal([...(theirs[name]?.dims ?? [])], output.shape, name);
      const error = relativeError(await output.toArray(), theirs[name]?.data);
      assert.ok(error <= 1e-4, `${name}, batch ${batch}: off by ${error}`);
      output.dispose();
    }
    for (const each of tensors) each.dispose();
  }
}

test('functions of single numbers and of pairs', async () => {
  const forward = ([x]: Tensor[]): Named => {
    const a = x as Tensor;
    return {
      relu: F.relu(a),
      leaky: F.leakyRelu(a, { negativeSlope: 0.2 }),
      neg: F.neg(a),
      roots: F.sqrt(F.abs(a)),
      square: F.square(a),
      logarithm: F.log(F.add(F.exp(a), 1)),
      sigmoid: F.sigmoid(a),
      tanh: F.tanh(a),
      softplus: F.softplus(a, { beta: 2 }),
      gelu: F.gelu(a),
      geluTanh: F.gelu(a, { approximate: 'tanh' }),
      arithmetic: F.div(F.sub(F.mul(a, 3), 1), F.add(F.square(a), 2)),
    };
  };
  await holds(await testGpu(), new Made(forward), { x: [3, 7] });
});

test('axes joined, cut, padded, repeated, exchanged, summed', async () => {
  const forward = ([x]: Tensor[]): Named => {
    const a = x as Tensor;
    const flat = F.flatten(a, 1);
    return {
      cat: F.cat(
        [
          a,
          F.slice(a, [null, null, { start: 1, stop: 4 }, { step: 2 }])
            .sum({ dim: 2, keepdim: true })
            .expand([-1, -1, 6, -1]),
        ],
        3,
      ),
      pad: F.pad(a, [1, 2, 0, 3], { value: 0.5 }),
      cut: F.pad(a, [-1, -1]),
      permute: F.permute(a, [0, 3, 1, 2]),
      reshape: F.reshape(a, [a.shape[0] as number, 3, 2, -1]),
      merged: F.reshape(a, [(a.shape[0] as number) * 3, -1]),
      sum: F.sum(flat, { dim: 1 }),
      mean: F.mean(a, { dim: [1, -1], keepdim: true }),
      softmax: F.softmax(flat, -1),
      logSoftmax: F.logSoftmax(a, 1),
    };
  };
  await holds(await testGpu(), new Made(forward), { x: [3, 6, 4] });
});

test('every kind of pooling', async () => {
  const forward = ([x]: Tensor[]): Named => {
    const a = x as Tensor;
    return {
      max: F.maxPool2d(a, 3, { stride: 2, padding: 1 }),
      maxCeil: F.maxPool2d(a, 3, { stride: 2, ceilMode: true }),
      maxCeilDropped: F.maxPool2d(a, 2, { stride: 3, padding: 1, ceilMode: true }),
      maxDilated: F.maxPool2d(a, [2, 3], { stride: 1, dilation: [3, 2] }),
      mean: F.avgPool2d(a, 3, { stride: 2, padding: 1 }),
      meanUncounted: F.avgPool2d(a, 3, { stride: 2, padding: 1, countIncludePad: false }),
      meanCeil: F.avgPool2d(a, 3, { stride: 2, padding: 1, ceilMode: true }),
      meanCeilUncounted: F.avgPool2d(a, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
      meanCeilPlain: F.avgPool2d(a, [4, 3], { stride: 3, ceilMode: true }),
      whole: F.adaptiveAvgPool2d(a, 1),
      divided: F.adaptiveAvgPool2d(a, [5, 2]),
      uneven: F.adaptiveAvgPool2d(a, [3, 5]),
      larger: F.adaptiveAvgPool2d(a, [13, 16]),
    };
  };
  await holds(await testGpu(), new Made(forward), { x: [2, 10, 8] });
});

test('pictures in other sizes', async () => {
  const forward = ([x]: Tensor[]): Named => {
    const a = x as Tensor;
    return {
      doubled: F.interpolate(a, { scaleFactor: 2 }),
      tripled: F.interpolate(a, { size: [15, 49] }),
      uneven: F.interpolate(a, { size: [13, 3] }),
      factor: F.interpolate(a, { scaleFactor: [1.3, 2.6] }),
      line: F.interpolate(F.reshape(a, [-1, 5, 14]), { size: 9 }),
      bilinear: F.interpolate(a, { size: [12, 4], mode: 'bilinear' }),
      bilinearFactor: F.interpolate(a, { scaleFactor: [1.7, 0.6], mode: 'bilinear' }),
      corners: F.interpolate(a, { size: [9, 1], mode: 'bilinear', alignCorners: true }),
      bicubic: F.interpolate(a, { size: [3, 17], mode: 'bicubic' }),
      bicubicCorners: F.interpolate(a, { scaleFactor: 2.5, mode: 'bicubic', alignCorners: true }),
    };
  };
  await holds(await testGpu(), new Made(forward), { x: [2, 5, 7] });
});

test('transposed convolutions and greatest elements', async () => {
  const gpu = await testGpu();
  const weight = tensor(gpu, noise(4 * 3 * 3 * 2, 5), [4, 3, 3, 2]);
  const bias = tensor(gpu, noise(6, 6), [6]);
  const forward = ([x]: Tensor[]): Named => {
    const a = x as Tensor;
    return {
      plain: F.convTranspose2d(a, weight),
      larger: F.convTranspose2d(a, weight, { bias, groups: 2, stride: [3, 2], padding: [1, 0], outputPadding: [2, 1] }),
      dilated: F.convTranspose2d(a, weight, { dilation: [2, 3], stride: 2 }),
      rows: F.max(a, { dim: -1 }).values,
      kept: F.max(a, { dim: 1, keepdim: true }).values,
      all: F.max(a),
    };
  };
  await holds(gpu, new Made(forward), { x: [4, 5, 6] });
  weight.dispose();
  bias.dispose();
});

class Attention extends Module<Named, [words: Tensor, picture: Tensor]> {
  readonly norm: LayerNorm;
  readonly query: Linear;
  readonly key: Linear;
  readonly bn: BatchNorm2d;
  readonly scale: Parameter;

  constructor(gpu: Gpu) {
    super();
    this.norm = new LayerNorm(gpu, 6);
    this.query = new Linear(gpu, 6, 4);
    this.key = new Linear(gpu, 6, 4, { bias: false });
    this.bn = new BatchNorm2d(gpu, 5);
    this.scale = new Parameter(gpu, [1]);
  }

  forward(words: Tensor, picture: Tensor): Named {
    return scope(() => {
      const normed = this.norm.forward(words);
      const scores = F.matmul(this.query.forward(normed), F.permute(this.key.forward(normed), [0, 2, 1]));
      const attended = F.matmul(F.softmax(scores.detach(), -1), normed);
      const residual = F.mul(picture, this.scale);
      return { attended, restored: this.bn.forward(picture, { residual, activation: 'relu' }) };
    });
  }
}

test('layers, products of any axes, two inputs, two outputs', async () => {
  const gpu = await testGpu();
  const network = new Attention(gpu);
  let seed = 3;
  for (const [name, each] of network.namedTensors())
    if (!name.endsWith('tracked')) each.write(noise(each.size, seed++).map((value) => 1.5 + value));
  await holds(gpu, network, { words: [7, 6], image: [5, 3, 4] });
  network.dispose();
});

test.run();

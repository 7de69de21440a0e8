/** What is not exported, and why; what is exported is compared with onnxruntime in test/onnx. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BatchNorm2d,
  functional as F,
  Module,
  type OnnxOptions,
  scope,
  type Tensor,
  tensor,
  toOnnx,
} from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.onnx');

class Made extends Module {
  readonly #forward: (x: Tensor) => Tensor;

  constructor(forward: (x: Tensor) => Tensor) {
    super();
    this.#forward = forward;
  }

  forward(x: Tensor): Tensor {
    return scope(() => this.#forward(x));
  }
}

const INPUTS: OnnxOptions = { inputs: { x: [2, 3] } };

async function refused(forward: (x: Tensor) => Tensor, message: RegExp, options = INPUTS): Promise<void> {
  await testGpu();
  const error = await toOnnx(new Made(forward), options).then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.match(error instanceof Error ? error.message : String(error), message);
}

test('an operation without a counterpart is named', () =>
  refused(
    (x) => F.gaussianNll(F.sum(x, { dim: 2 }), F.sum(x, { dim: [1, 2] })),
    /the operation gaussian_nll is not exported; those that are: conv2d, /,
  ));

test('what follows from the input by other ways than operations does not become a constant', () =>
  refused((x) => {
    const copy = tensor(x.gpu, new Float32Array(x.size), x.shape);
    x.gpu.copy(x.buffer, copy.buffer, 4 * x.size);
    return F.add(x, F.sum(copy));
  }, /a tensor of shape \[2, 2, 3\] depends on the input/));

test('work that depends on the size of the batch', async () => {
  const odd = (x: Tensor) => (x.shape[0] === 3 ? F.relu(x) : F.tanh(x));
  await refused(odd, /other things with a batch of 2 than with one of 3: step 0 is tanh \{\} and relu \{\}/);
  await refused(
    (x) => F.expand(F.sum(x, { dim: 0, keepdim: true }), [x.shape[0] as number, 2, 3]),
    /repeats an axis as often/,
  );
});

test('batch norm is exported as it is in use, and the network’s mode comes back', async () => {
  const gpu = await testGpu();
  const norm = new BatchNorm2d(gpu, 2).initialise(1);
  const before = await norm.stateDict();
  assert.ok((await toOnnx(new Wrapped(norm), { inputs: { x: [2, 4, 4] } })).length > 0);
  assert.ok(norm.training);
  assert.equal(await norm.stateDict(), before, 'running statistics have not moved');
  norm.dispose();
});

class Wrapped extends Module {
  readonly norm: BatchNorm2d;

  constructor(norm: BatchNorm2d) {
    super();
    this.norm = norm;
  }

  forward(x: Tensor): Tensor {
    return this.norm.forward(x);
  }
}

test('names that would be there twice', () =>
  refused((x) => F.relu(x), /"output" names two inputs or outputs/, { inputs: { output: [2, 3] } }));

test('the same network gives the same bytes', async () => {
  await testGpu();
  const [first, second] = [await toOnnx(new Made(F.relu), INPUTS), await toOnnx(new Made(F.relu), INPUTS)];
  assert.equal(first, second);
});

test.run();

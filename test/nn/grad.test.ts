import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { functional as F, grad, noGrad, scope, type Tensor, tensor, valueAndGrad } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.grad');
const values = async (x: Tensor) => [...(await x.toArray())];

test('the gradient of a function, with nothing left behind', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1, 2, 3], { requiresGrad: true });
  const scale = tensor(gpu, [10], { requiresGrad: true });
  const before = gpu.memory.inUse;
  const f = (x: Tensor, power: number) => x.square().mul(scale).mul(power).sum();
  const [value, gradient] = valueAndGrad(f)(x, 0.5);
  assert.is(await value.item(), 70);
  assert.equal(await values(gradient), [10, 20, 30]);
  assert.not(value.requiresGrad || gradient.requiresGrad);
  for (const each of [value, gradient]) each.dispose();
  const inside = noGrad(() => scope(() => grad(f)(x, 1)));
  assert.equal(await values(inside), [20, 40, 60]);
  inside.dispose();
  assert.ok(x.grad === null && scale.grad === null, 'no .grad is touched');
  assert.is(gpu.memory.inUse, before);
  for (const each of [x, scale]) each.dispose();
});

test('gradients have the structure of the first argument; what is not used gets zeros', async () => {
  const gpu = await testGpu();
  const shared = tensor(gpu, [1, 2]);
  const parameters = { w: shared, layers: [shared, tensor(gpu, [5])], unused: tensor(gpu, [[1], [2]]) };
  const f = ({ w, layers: [first, second] }: typeof parameters, x: Tensor) =>
    F.mul(F.add(F.mul(w, x), F.mul(first as Tensor, 3)), second as Tensor).sum();
  const gradient = grad(f)(parameters, tensor(gpu, [1, 10]));
  assert.equal(await values(gradient.w), [5, 50]);
  assert.equal(await values(gradient.layers[0] as Tensor), [15, 15]);
  assert.equal(await values(gradient.layers[1] as Tensor), [30]);
  assert.equal(await gradient.unused.toNested(), [[0], [0]]);
});

test('the identity has the gradient 1', async () => {
  const gpu = await testGpu();
  assert.equal(await values(grad((x: Tensor) => x)(tensor(gpu, [4]))), [1]);
});

test('what has no gradient is refused', async () => {
  const gpu = await testGpu();
  const x = tensor(gpu, [1, 2]);
  const refused = (f: (x: Tensor) => Tensor, message: RegExp) => assert.throws(() => grad(f)(x), message);
  refused((x) => x.square(), /one element, not a tensor of shape \[2\]; take its sum\(\) or mean\(\)/);
  refused(() => tensor(gpu, [3]), /does not depend on the first argument/);
  refused((x) => grad((x: Tensor) => x.square().sum())(x).sum(), /does not depend .* \(a gradient has none itself\)/);
  refused((async (x: Tensor) => x.sum()) as never, /one element, not a promise; it must not be async/);
  assert.throws(() => grad((x: { a: number }) => x as never)({ a: 1 }), /the first argument holds a number/);
  x.dispose();
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AdapterKind, Gpu } from '../../src/gpu/index.ts';
import { type Conv2dOptions, type Conv2dShape, conv2dForward, conv2dShape } from '../../src/kernels/conv2d/conv2d.ts';
import { packings } from '../../src/kernels/matmul/panel-product.ts';
import { PANEL_TILE_CHOICE, PANEL_TILES } from '../../src/kernels/matmul/panel-tile.ts';
import { suitsWinograd, winogradSlices } from '../../src/kernels/winograd/tiles.ts';
import {
  type Forced,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from '../../src/kernels/winograd/winograd.ts';
import { testGpu } from '../support/gpu.ts';
import {
  definedPasses,
  type Inputs,
  lengths,
  type Passes,
  randomArray,
  randomInputs,
  relativeError,
  runPasses,
  sameBits,
} from './convolution.ts';

const test = suite('kernels.winograd');

const PASSES = ['y', 'gx', 'gweight'] as const;

async function winogradPasses(gpu: Gpu, shape: Conv2dShape, inputs: Inputs, forced: Forced = {}): Promise<Passes> {
  const count = lengths(shape);
  const [x, weight, gy] = [gpu.upload(inputs.x), gpu.upload(inputs.weight), gpu.upload(inputs.gy)];
  const [y, gx, gweight] = [gpu.alloc(4 * count.y), gpu.alloc(4 * count.x), gpu.alloc(4 * count.weight)];
  winogradForward(gpu, { x, weight, y, shape, ...forced });
  winogradInputGradient(gpu, { gy, weight, gx, shape, ...forced });
  winogradWeightGradient(gpu, { x, gy, gweight, shape, ...forced });
  const read = async (buffer: typeof y) => new Float32Array(await gpu.read(buffer));
  const passes = { y: await read(y), gx: await read(gx), gweight: await read(gweight) };
  for (const buffer of [x, weight, gy, y, gx, gweight]) buffer.release();
  return passes;
}

/** Every packing against the definition's double precision, and against the others bit for bit. */
async function assertRight(options: Conv2dOptions): Promise<void> {
  const gpu = await testGpu();
  const shape = conv2dShape(options);
  const inputs = randomInputs(shape);
  const expected = definedPasses(shape, inputs);
  const all = packings(gpu);
  assert.ok(all.length >= 2);
  const first = await winogradPasses(gpu, shape, inputs);
  for (const pass of PASSES) {
    const error = relativeError(first[pass], expected[pass]);
    assert.ok(error < 3e-6, `${pass}: relative error ${error}`);
  }
  for (const packing of all) {
    const passes = await winogradPasses(gpu, shape, inputs, { packing });
    for (const pass of PASSES) assert.ok(sameBits(passes[pass], first[pass]), `${pass} differs by packing ${packing}`);
  }
  for (const tile of Object.keys(PANEL_TILES)) {
    gpu.tuning.set(PANEL_TILE_CHOICE.operation, tile);
    const passes = await winogradPasses(gpu, shape, inputs, { packing: 'tiled' });
    gpu.tuning.clear();
    for (const pass of PASSES) assert.ok(sameBits(passes[pass], first[pass]), `${pass} differs by tile ${tile}`);
  }
}

test('rows are shared only where four, or eight, invocations lie in one subgroup', () => {
  const of = (kind: 'lavapipe' | 'swiftshader', subgroupSize: number, ...features: string[]) =>
    packings({ info: { kind, subgroupSize } as Gpu['info'], features: new Set(features) });
  assert.equal(of('lavapipe', 8, 'subgroups'), ['texels', 'four', 'plain', 'tiled']);
  assert.equal(of('lavapipe', 4, 'subgroups'), ['four', 'plain', 'tiled']);
  assert.equal(of('swiftshader', 4, 'subgroups'), ['four', 'plain', 'tiled']);
  assert.equal(of('swiftshader', 2, 'subgroups'), ['plain', 'tiled']);
  assert.equal(of('swiftshader', 1, 'subgroups'), ['plain', 'tiled']);
  assert.equal(of('lavapipe', 8), ['plain', 'tiled']);
});

test('several panels and runs of terms, tiles that end beyond the picture', () =>
  assertRight({ batch: 2, inChannels: 70, height: 18, width: 13, outChannels: 37, kernel: 3, padding: 1 }));

test('no padding, sizes below a tile', () =>
  assertRight({ batch: 3, inChannels: 3, height: 3, width: 5, outChannels: 2, kernel: 3 }));

test('padding that differs, also beyond the kernel', () =>
  assertRight({ batch: 1, inChannels: 6, height: 7, width: 4, outChannels: 9, kernel: 3, padding: [2, 4] }));

test('a bias is added, a weight gradient accumulates', async () => {
  const gpu = await testGpu();
  const shape = conv2dShape({ batch: 2, inChannels: 5, height: 6, width: 9, outChannels: 6, kernel: 3, padding: 1 });
  const inputs = randomInputs(shape);
  const { y: plain, gweight: fresh } = await winogradPasses(gpu, shape, inputs);
  const [old, added] = [randomArray(fresh.length, 3), randomArray(6, 4)];
  const [x, weight, gy] = [gpu.upload(inputs.x), gpu.upload(inputs.weight), gpu.upload(inputs.gy)];
  const [y, gweight, bias] = [gpu.alloc(4 * plain.length), gpu.upload(old), gpu.upload(added)];
  winogradForward(gpu, { x, weight, bias, y, shape });
  winogradWeightGradient(gpu, { x, gy, gweight, shape, accumulate: true });
  const area = shape.outHeight * shape.outWidth;
  const floats = async (buffer: typeof y) => new Float32Array(await gpu.read(buffer));
  const biased = plain.map((value, i) => value + (added[Math.floor(i / area) % 6] as number));
  assert.ok(relativeError(await floats(y), biased) < 5e-7);
  const accumulated = old.map((value, i) => value + (fresh[i] as number));
  assert.ok(relativeError(await floats(gweight), accumulated) < 5e-7);
  for (const buffer of [x, weight, gy, y, gweight, bias]) buffer.release();
});

test('a batch goes slice by slice where scratch memory is bounded', async () => {
  const gpu = await testGpu();
  const shape = conv2dShape({ batch: 5, inChannels: 4, height: 8, width: 8, outChannels: 8, kernel: 3, padding: 1 });
  const bytes = 4 * 36 * 4 * 12; // of the transformed tensors of one picture
  assert.equal(
    winogradSlices(shape, 'forward', 3 * bytes).map(({ count }) => count),
    [3, 2],
  );
  const odd = conv2dShape({ batch: 40, inChannels: 2, height: 8, width: 8, outChannels: 3, kernel: 3 });
  assert.equal(
    winogradSlices(odd, 'forward', 0).map(({ first }) => first),
    [0, 32],
    'slices begin where a view of a buffer can',
  );
  const inputs = randomInputs(shape);
  const whole = await winogradPasses(gpu, shape, inputs);
  const cut = await winogradPasses(gpu, shape, inputs, { sliceBytes: bytes });
  assert.ok(sameBits(whole.y, cut.y));
  assert.ok(sameBits(whole.gx, cut.gx));
  assert.ok(relativeError(cut.gweight, whole.gweight) < 2e-6);
});

const PASSES_BY_NAME = ['forward', 'inputGradient', 'weightGradient'] as const;

test('the shape decides where it is used, and whether it is a GPU', async () => {
  const shape = { batch: 1, inChannels: 64, height: 56, width: 56, outChannels: 64, kernel: 3, padding: 1 };
  const suits = (change: Partial<Conv2dOptions>, kind: AdapterKind = 'lavapipe') => {
    const changed = conv2dShape({ ...shape, ...change });
    return PASSES_BY_NAME.filter((pass) => suitsWinograd(kind, changed, pass)).length;
  };
  assert.is(suits({}), 3);
  assert.is(suits({ inChannels: 256, outChannels: 256, height: 14, width: 14 }), 2, 'few tiles to add up');
  assert.is(suits({ inChannels: 512, outChannels: 512, height: 7, width: 7, batch: 16 }), 3);
  assert.is(suits({ inChannels: 512, outChannels: 512, height: 7, width: 7 }), 0, 'few tiles');
  assert.is(suits({ inChannels: 512, outChannels: 512, height: 7, width: 7 }, 'hardware'), 2);
  assert.is(suits({ inChannels: 8, outChannels: 8, height: 200, width: 200 }), 0, 'few channels');
  assert.is(suits({ height: 16, width: 16 }), 0, 'little to gain');
  assert.is(suits({ batch: 0 }), 0);
  assert.is(suits({ stride: 2, height: 112, width: 112 }), 0);
  assert.is(suits({ dilation: 2, padding: 2 }), 0);
  assert.is(suits({ groups: 2, batch: 2 }), 0);
  assert.is(suits({ kernel: [3, 5] }), 0);
  assert.is(suits({ inChannels: 1024, outChannels: 1024 }), 0, 'weights beyond a binding');
});

test('conv2d takes it where it suits', async () => {
  const gpu = await testGpu();
  const options = { batch: 1, inChannels: 64, height: 44, width: 44, outChannels: 64, kernel: 3, padding: 1 };
  const shape = conv2dShape(options);
  assert.ok(suitsWinograd(gpu.info.kind, shape, 'forward'));
  const inputs = randomInputs(shape);
  const [passes, expected] = [await runPasses(gpu, shape, inputs), await winogradPasses(gpu, shape, inputs)];
  for (const pass of PASSES) assert.ok(sameBits(passes[pass], expected[pass]), pass);
  const empty = gpu.alloc(0);
  conv2dForward(gpu, { x: empty, weight: empty, y: empty, shape: conv2dShape({ ...options, batch: 0 }) });
  empty.release();
});

test.run();

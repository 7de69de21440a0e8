import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { GpuBuffer } from '../../src/gpu/index.ts';
import {
  biasGradient,
  type Conv2dOptions,
  conv2dForward,
  conv2dShape,
  conv2dWeightGradient,
} from '../../src/kernels/conv2d/conv2d.ts';
import { tiles } from '../../src/kernels/conv2d/tile.ts';
import { testGpu } from '../support/gpu.ts';
import {
  definedPasses,
  lengths,
  randomArray,
  randomInputs,
  relativeError,
  runPasses,
  sameBits,
} from './convolution.ts';

const test = suite('kernels.conv2d');

const floats = (buffer: ArrayBuffer) => new Float32Array(buffer);
const release = (...buffers: GpuBuffer[]) => {
  for (const buffer of buffers) buffer.release();
};

test('sizes are those of torch.nn.functional.conv2d, and what does not fit is refused with the numbers', () => {
  const options = { batch: 2, inChannels: 6, height: 9, width: 11, outChannels: 4, kernel: [3, 5] } as const;
  const shape = conv2dShape({ ...options, stride: 2, padding: [1, 2], dilation: [2, 1], groups: 2 });
  assert.equal([shape.outHeight, shape.outWidth], [4, 6]);
  const refused = (change: Partial<Conv2dOptions>, message: RegExp) =>
    assert.throws(() => conv2dShape({ ...options, ...change }), message);
  refused({ height: 2 }, /kernel 3 > padded input 2 in dimension 0/);
  refused({ dilation: [1, 3] }, /kernel 13 > padded input 11 in dimension 1/);
  refused({ groups: 4 }, /inChannels 6 is not divisible by groups 4/);
  refused({ groups: 3 }, /outChannels 4 is not divisible by groups 3/);
  refused({ stride: 0 }, /stride is 0; it must be a whole number of at least 1/);
  refused({ padding: [0, -1] }, /padding is -1/);
  refused({ width: 2.5 }, /width is 2.5/);
});

const SHAPES: Record<string, Conv2dOptions> = {
  'more outputs than pixels': { batch: 1, inChannels: 5, height: 3, width: 4, outChannels: 150, kernel: 3, padding: 1 },
  'more pixels than outputs': {
    batch: 3,
    inChannels: 3,
    height: 13,
    width: 17,
    outChannels: 35,
    kernel: 3,
    padding: 1,
  },
  'an even kernel, strides that differ': {
    batch: 2,
    inChannels: 4,
    height: 12,
    width: 10,
    outChannels: 6,
    kernel: [4, 2],
    stride: [2, 3],
    padding: [1, 0],
  },
  'stride beyond the kernel': { batch: 2, inChannels: 3, height: 11, width: 12, outChannels: 4, kernel: 2, stride: 4 },
  'stride and dilation with a common factor': {
    batch: 1,
    inChannels: 4,
    height: 17,
    width: 16,
    outChannels: 5,
    kernel: 3,
    stride: [2, 4],
    padding: [2, 3],
    dilation: [2, 6],
  },
  'padding beyond the kernel': { batch: 2, inChannels: 2, height: 4, width: 5, outChannels: 3, kernel: 2, padding: 4 },
  'groups of unequal sides': {
    batch: 2,
    inChannels: 12,
    height: 7,
    width: 8,
    outChannels: 18,
    kernel: 3,
    stride: 2,
    padding: 1,
    groups: 6,
  },
  depthwise: {
    batch: 2,
    inChannels: 21,
    height: 9,
    width: 6,
    outChannels: 21,
    kernel: [1, 5],
    padding: [0, 2],
    groups: 21,
  },
  'channels in fours, pixels that meet no tap': {
    batch: 2,
    inChannels: 4,
    height: 10,
    width: 9,
    outChannels: 8,
    kernel: [2, 1],
    stride: [3, 2],
  },
  'channels in fours, padding beyond the kernel': {
    batch: 2,
    inChannels: 4,
    height: 5,
    width: 4,
    outChannels: 4,
    kernel: [1, 2],
    stride: [2, 1],
    padding: 3,
  },
  'channels in fours': {
    batch: 3,
    inChannels: 24,
    height: 9,
    width: 11,
    outChannels: 40,
    kernel: 3,
    stride: [2, 1],
    padding: [1, 2],
    dilation: [1, 2],
    groups: 2,
  },
  'sums that are split': { batch: 5, inChannels: 2, height: 23, width: 19, outChannels: 3, kernel: 3, padding: 1 },
};

for (const [name, options] of Object.entries(SHAPES)) {
  test(`all passes by definition: ${name}`, async () => {
    const shape = conv2dShape(options);
    const inputs = randomInputs(shape);
    const [got, expected] = [await runPasses(await testGpu(), shape, inputs), definedPasses(shape, inputs)];
    for (const pass of ['y', 'gx', 'gweight'] as const) {
      const error = relativeError(got[pass], expected[pass]);
      assert.ok(error < 2e-6, `${pass}: relative error ${error}`);
    }
  });
}

/** Each tile in turn against the first; the first against the definition. */
async function assertSameBits(options: Conv2dOptions): Promise<void> {
  const gpu = await testGpu();
  const shape = conv2dShape(options);
  const inputs = randomInputs(shape);
  const all = Object.values(tiles(gpu));
  assert.ok(all.length >= 3);
  const first = await runPasses(gpu, shape, inputs);
  const expected = definedPasses(shape, inputs);
  for (const pass of ['y', 'gx', 'gweight'] as const) {
    assert.ok(relativeError(first[pass], expected[pass]) < 2e-6, `${pass} is wrong`);
  }
  for (const tile of all) {
    const passes = await runPasses(gpu, shape, inputs, { tile });
    for (const pass of ['y', 'gx', 'gweight'] as const) {
      assert.ok(sameBits(passes[pass], first[pass]), `${pass} differs by tile ${JSON.stringify(tile)}`);
    }
  }
}

for (const name of ['channels in fours', 'more pixels than outputs'] as const) {
  test(`factors that are too large to be packed together give the same bits: ${name}`, async () => {
    const gpu = await testGpu();
    const shape = conv2dShape(SHAPES[name] as Conv2dOptions);
    const inputs = randomInputs(shape);
    const together = await runPasses(gpu, shape, inputs);
    const limit = gpu.bindingBytes;
    gpu.bindingBytes = 64;
    const apart = await runPasses(gpu, shape, inputs).finally(() => {
      gpu.bindingBytes = limit;
    });
    for (const pass of ['y', 'gx', 'gweight'] as const)
      assert.ok(sameBits(apart[pass], together[pass]), `${pass} differs`);
  });
}

test('no tile changes a bit: 3×3, several tiles a side', () =>
  assertSameBits({ batch: 3, inChannels: 37, height: 10, width: 9, outChannels: 70, kernel: 3, padding: 1 }));

test('no tile changes a bit: channels in fours, sums that are split', () =>
  assertSameBits({
    batch: 3,
    inChannels: 12,
    height: 19,
    width: 13,
    outChannels: 36,
    kernel: 3,
    stride: 2,
    padding: 1,
  }));

test('no tile changes a bit: 1×1 with stride and groups', () =>
  assertSameBits({ batch: 2, inChannels: 10, height: 9, width: 12, outChannels: 14, kernel: 1, stride: 2, groups: 2 }));

test('an empty batch has gradients of zero, which accumulate', async () => {
  const gpu = await testGpu();
  const shape = conv2dShape({ batch: 0, inChannels: 2, height: 5, width: 5, outChannels: 3, kernel: 3 });
  const empty = gpu.alloc(0);
  const gweight = gpu.upload(randomArray(lengths(shape).weight));
  const before = floats(await gpu.read(gweight));
  conv2dForward(gpu, { x: empty, weight: gweight, y: empty, shape });
  conv2dWeightGradient(gpu, { x: empty, gy: empty, gweight, shape, accumulate: true });
  assert.equal(floats(await gpu.read(gweight)), before);
  conv2dWeightGradient(gpu, { x: empty, gy: empty, gweight, shape });
  assert.ok(floats(await gpu.read(gweight)).every((value) => value === 0));
  release(empty, gweight);
});

test('weight and bias gradients accumulate', async () => {
  const gpu = await testGpu();
  const shape = conv2dShape({ batch: 2, inChannels: 3, height: 6, width: 7, outChannels: 4, kernel: 3 });
  const inputs = randomInputs(shape);
  const { gweight: expected } = await runPasses(gpu, shape, inputs);
  const old = randomArray(expected.length, 3);
  const [x, gy, gweight, gbias] = [inputs.x, inputs.gy, old, new Float32Array([1, 2, 3, 4])].map((data) =>
    gpu.upload(data),
  ) as [GpuBuffer, GpuBuffer, GpuBuffer, GpuBuffer];
  conv2dWeightGradient(gpu, { x, gy, gweight, shape, accumulate: true });
  assert.equal(
    floats(await gpu.read(gweight)),
    old.map((value, i) => value + (expected[i] as number)),
  );
  const area = shape.outHeight * shape.outWidth;
  const bias = { gy, gbias, batch: 2, channels: 4, area };
  biasGradient(gpu, { ...bias, accumulate: true });
  const accumulated = floats(await gpu.read(gbias));
  biasGradient(gpu, bias);
  const sums = floats(await gpu.read(gbias));
  const defined = Float32Array.from({ length: 4 }, (_, channel) =>
    inputs.gy.filter((_, i) => Math.floor(i / area) % 4 === channel).reduce((a, b) => a + b, 0),
  );
  assert.ok(relativeError(sums, defined) < 2e-6);
  assert.equal(
    accumulated,
    sums.map((sum, channel) => channel + 1 + sum),
  );
  release(x, gy, gweight, gbias);
});

test('a batch that is too large for one binding is cut between pictures', async () => {
  const gpu = await testGpu();
  const shape = conv2dShape({ batch: 5, inChannels: 4, height: 8, width: 8, outChannels: 8, kernel: 3, padding: 1 });
  const inputs = randomInputs(shape);
  const [whole, cut] = [await runPasses(gpu, shape, inputs), await runPasses(gpu, shape, inputs, { sliceBytes: 4096 })];
  assert.ok(sameBits(whole.y, cut.y));
  assert.ok(sameBits(whole.gx, cut.gx));
  assert.ok(relativeError(cut.gweight, whole.gweight) < 2e-6);
});

test('more than 65,535 workgroups', async () => {
  const gpu = await testGpu();
  const groups = 66000; // one tile each
  const shape = conv2dShape({
    batch: 1,
    inChannels: groups,
    height: 1,
    width: 1,
    outChannels: groups,
    kernel: 1,
    groups,
  });
  const inputs = randomInputs(shape);
  const { y, gx, gweight } = await runPasses(gpu, shape, inputs);
  const product = (a: Float32Array, b: Float32Array) => a.map((value, i) => value * (b[i] as number));
  assert.ok(sameBits(y, product(inputs.x, inputs.weight)));
  assert.ok(sameBits(gx, product(inputs.gy, inputs.weight)));
  assert.ok(sameBits(gweight, product(inputs.gy, inputs.x)));
});

test.run();

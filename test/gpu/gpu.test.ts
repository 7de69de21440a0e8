import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Failures } from '../../src/gpu/failures.ts';
import { defineKernel, openGpu } from '../../src/gpu/index.ts';
import { addForward } from '../../src/kernels/elementwise/binary.ts';
import { reluForward } from '../../src/kernels/relu/relu.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('gpu');
const floats = (buffer: ArrayBuffer): number[] => [...new Float32Array(buffer)];

test('dispatch and read', async () => {
  const gpu = await testGpu();
  const x = gpu.upload(new Float32Array([-1, 0, 2, -0.5, 7]));
  const y = gpu.alloc(20);
  reluForward(gpu, { x, y, n: 5 });
  assert.equal(floats(await gpu.read(y)), [0, 0, 2, 0, 7]);
  x.release();
  y.release();
});

test('writes, copies and clears take effect in the order in which they were queued', async () => {
  const gpu = await testGpu();
  const x = gpu.upload(new Float32Array([1, 2, 3, 4]));
  const [first, second, cleared] = [gpu.alloc(16), gpu.alloc(16), gpu.alloc(16)];
  reluForward(gpu, { x, y: first, n: 4 });
  gpu.write(x, new Float32Array([9]), 4);
  gpu.copy(x, second, 16);
  gpu.copy(x, cleared, 16);
  gpu.clear(cleared);
  assert.equal(floats(await gpu.read(first)), [1, 2, 3, 4]);
  assert.equal(floats(await gpu.read(second)), [1, 9, 3, 4]);
  assert.equal(floats(await gpu.read(cleared)), [0, 0, 0, 0]);
  for (const buffer of [x, first, second, cleared]) buffer.release();
});

test('texels hold what they are filled with, beyond one row of the texture, and go back to the pool', async () => {
  const gpu = await testGpu();
  const kernel = defineKernel({
    name: 'test.readTexels',
    source: `@group(0) @binding(0) var texels: texture_storage_2d<rgba32float, read>;
      @group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
      @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
        y[id.x] = textureLoad(texels, vec2u(id.x % 1024u, id.x / 1024u));
      }`,
  });
  const count = 2048 + 64;
  const y = gpu.alloc(16 * count);
  const before = gpu.memory.inUse;
  const texels = gpu.allocTexels(count);
  assert.ok(gpu.memory.inUse >= before + 16 * count);
  const values = Float32Array.from({ length: texels.rowBytes / 4 }, (_, i) => i / 3);
  const x = gpu.upload(values);
  gpu.fillTexels(texels, x);
  gpu.dispatch(kernel, { buffers: { texels, y }, workgroups: [count / 64] });
  assert.equal(floats(await gpu.read(y)), [...values.subarray(0, 4 * count)]);
  assert.throws(() => gpu.fillTexels(texels, y), /has 33792 bytes; "texels" takes 49152/);
  assert.throws(() => gpu.dispatch(kernel, { buffers: { texels: x, y }, workgroups: [1] }), /"texels" must be texels/);
  assert.throws(() => gpu.allocTexels(gpu.mostTexels + 1, 'too many'), /too many: \d+ texels are more than/);
  const id = texels.storage.id;
  x.release();
  texels.release();
  assert.equal(gpu.memory.inUse, before);
  assert.throws(() => texels.storage, /after their release/);
  const again = gpu.allocTexels(count - 1);
  assert.equal(again.storage.id, id);
  again.release();
  y.release();
});

test('released memory is handed out again and queued work still sees its old contents', async () => {
  const gpu = await testGpu();
  const result = gpu.alloc(1 << 16);
  const n = (1 << 16) / 4;
  for (let i = 0; i < 20; i++) {
    const x = gpu.upload(new Float32Array(n).fill(i));
    reluForward(gpu, { x, y: result, n });
    x.release();
  }
  assert.is(floats(await gpu.read(result))[n - 1], 19);
  const before = gpu.memory.allocated;
  for (let i = 0; i < 20; i++) gpu.alloc(1 << 16).release();
  assert.is(gpu.memory.allocated, before);
  result.release();
});

test('a recording replays the same work on refreshed inputs', async () => {
  const gpu = await testGpu();
  const x = gpu.upload(new Float32Array([1, -2]));
  const { recording, result } = gpu.record(() => {
    const middle = gpu.alloc(8);
    reluForward(gpu, { x, y: middle, n: 2 });
    const y = gpu.alloc(8);
    gpu.copy(middle, y, 8);
    middle.release();
    return y;
  });
  assert.equal(floats(await gpu.read(result)), [1, 0]);
  gpu.write(x, new Float32Array([-3, 4]));
  recording.replay();
  assert.equal(floats(await gpu.read(result)), [0, 4]);
  assert.is(recording.dispatches, 1);
  result.release();
  recording.release();
  x.release();
});

test('memory within a recording is shared where it is free, what outlives it is left alone, and all goes back', async () => {
  const gpu = await testGpu();
  const n = 1 << 16;
  const x = gpu.upload(Float32Array.from({ length: n }, (_, i) => i - 7));
  const before = { ...gpu.memory };
  const { recording, result } = gpu.record(() => {
    let last = x.retain();
    const kept = gpu.alloc(4 * n);
    for (let i = 0; i < 20; i++) {
      const next = gpu.alloc(4 * n);
      addForward(gpu, { a: last, b: x, y: next, n });
      if (i === 9) gpu.copy(next, kept, 4 * n);
      if (i === 14) gpu.clear(last);
      last.release();
      last = next;
    }
    return [kept, last];
  });
  assert.is(gpu.memory.allocated - before.allocated, 4 * (4 * n), 'two that outlive the step, two for the rest');
  for (let turn = 0; turn < 3; turn++) {
    if (turn > 0) recording.replay();
    for (const [i, buffer] of result.entries()) {
      const values = floats(await gpu.read(buffer));
      const factor = i === 0 ? 11 : 21;
      assert.ok(
        values.every((value, j) => value === factor * (j - 7)),
        `turn ${turn}, result ${i}`,
      );
    }
  }
  result[0]?.release();
  recording.release();
  result[1]?.release();
  assert.throws(() => recording.replay(), /was released/);
  assert.is(gpu.memory.inUse, before.inUse);
  x.release();
});

test('a step that fails while it is recorded leaves nothing behind', async () => {
  const gpu = await testGpu();
  const before = { ...gpu.memory };
  const fail = () =>
    gpu.record(() => {
      const [x, y] = [gpu.alloc(1 << 16), gpu.alloc(1 << 16)];
      reluForward(gpu, { x, y, n: 4 });
      x.release();
      y.release();
      throw new Error('the step fails');
    });
  assert.throws(fail, /the step fails/);
  assert.equal(gpu.memory, before);
  const x = gpu.upload(new Float32Array([1]));
  assert.equal(floats(await gpu.read(x)), [1]);
  x.release();
});

test('mistakes are named before they reach the driver', async () => {
  const gpu = await testGpu();
  const source = `struct Sizes { n: u32 }
    @group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @group(0) @binding(1) var<uniform> sizes: Sizes;
    @compute @workgroup_size(1) fn main() { y[0] = f32(sizes.n); }`;
  const kernel = defineKernel({ name: 'test.mistakes', source });
  const y = gpu.alloc(4);
  const workgroups: [number] = [1];
  assert.throws(() => gpu.dispatch(kernel, { buffers: {}, sizes: { n: 1 }, workgroups }), /buffer "y" is missing/);
  assert.throws(() => gpu.dispatch(kernel, { buffers: { y }, sizes: {}, workgroups }), /size "n" is missing/);
  assert.throws(() => gpu.dispatch(kernel, { buffers: { y, z: y }, sizes: { n: 1 }, workgroups }), /no buffer "z"/);
  assert.throws(() => gpu.dispatch(kernel, { buffers: { y }, sizes: { n: -1 }, workgroups }), /"n" is -1/);
  assert.throws(() => gpu.dispatch(kernel, { buffers: { y }, sizes: { n: 1 }, workgroups: [65536] }), /up to 65535/);
  gpu.dispatch(kernel, { buffers: { y }, sizes: { n: 7 }, workgroups });
  assert.equal(floats(await gpu.read(y)), [7]);
  y.release();
  assert.throws(() => y.release(), /released twice/);
});

test('a kernel that does not compile is named with its line, and the device goes on', async () => {
  const gpu = await testGpu();
  const source = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(1) fn main() { y[0] = unknown_function(1.0); }`;
  const y = gpu.upload(new Float32Array([3]));
  gpu.dispatch(defineKernel({ name: 'test.broken', source }), { buffers: { y }, workgroups: [1] });
  let message = '';
  await gpu.submit().catch((error: Error) => (message = error.message));
  assert.match(message, /kernel test\.broken does not compile: line 2: .*unknown_function/s);
  assert.equal(floats(await gpu.read(y)), [3]);
  y.release();
});

test('a profile tells kernels apart, also in recordings and in submits of more dispatches than a query set holds', async () => {
  const gpu = await testGpu();
  const x = gpu.upload(new Float32Array(1000));
  const y = gpu.alloc(4000);
  const { recording } = gpu.record(() => {
    for (let i = 0; i < 150; i++) reluForward(gpu, { x, y, n: 1000 });
  });
  await gpu.finish();
  const { profile } = await gpu.profile(() => {
    gpu.record(() => {
      for (let i = 0; i < 15; i++) recording.replay();
      gpu.clear(y);
      addForward(gpu, { a: x, b: x, y, n: 1000 });
    });
  });
  const table = new Map(profile.table().map((row) => [row.name, row]));
  assert.equal([...table.keys()].sort(), ['elementwise.add', 'relu.forward']);
  assert.is(table.get('relu.forward')?.dispatches, 2250);
  assert.is(table.get('relu.forward')?.bytes, 2250 * 8000);
  assert.is(profile.spans.length, 2251);
  assert.ok(profile.spans.every(({ start, end }) => start >= 0 && end >= start));
  const events = profile.trace().traceEvents as { ph: string; name: string; dur?: number }[];
  assert.is(events.filter(({ ph, dur }) => ph === 'X' && dur !== undefined && dur >= 0).length, 2251);
  recording.release();
  x.release();
  y.release();
});

test('without timestamps a profile goes by the clock, and the results are the same', async () => {
  const gpu = await testGpu();
  const features = gpu.features as Set<string>;
  const had = features.delete('timestamp-query');
  const x = gpu.upload(new Float32Array([1, -2, 3]));
  const [y, z] = [gpu.alloc(12), gpu.alloc(12)];
  const { profile, result } = await gpu.profile(async () => {
    reluForward(gpu, { x, y, n: 3 });
    gpu.write(x, new Float32Array([5]));
    reluForward(gpu, { x, y: z, n: 3 });
    return [floats(await gpu.read(y)), floats(await gpu.read(z))];
  });
  if (had) features.add('timestamp-query');
  assert.equal(result, [
    [1, 0, 3],
    [5, 0, 3],
  ]);
  assert.is(profile.clock, 'host');
  assert.equal(
    profile.table().map(({ name, dispatches }) => [name, dispatches]),
    [['relu.forward', 2]],
  );
  assert.ok(profile.spans.every(({ start, end }) => end > start));
  for (const buffer of [x, y, z]) buffer.release();
});

test('a device that is lost is an error that names what it ran', async () => {
  const gpu = await openGpu();
  const x = gpu.upload(new Float32Array(4));
  const y = gpu.alloc(16);
  reluForward(gpu, { x, y, n: 4 });
  await gpu.finish();
  reluForward(gpu, { x, y, n: 4 });
  gpu.device.destroy();
  let message = '';
  await gpu.read(y).catch((error: Error) => (message = error.message));
  assert.match(message, /device was lost .*while it ran relu\.forward; go on from the last checkpoint with --resume/);
  assert.throws(() => gpu.alloc(4), /device was lost/);
  gpu.close();
});

test('memory that a device refuses is an error that names it', async () => {
  const device = {
    lost: new Promise(() => {}),
    addEventListener() {},
    pushErrorScope() {},
    popErrorScope: () => Promise.resolve({ message: 'too much' }),
  };
  const memory = { inUse: 3 * 2 ** 20, allocated: 5 * 2 ** 20, peak: 0 };
  const failures = new Failures(device as unknown as GPUDevice, { underWay: () => 'nothing', memory: () => memory });
  failures.creating('conv2d output', 1234, () => null);
  failures.check();
  await Promise.resolve().then(() => {});
  assert.throws(
    () => failures.check(),
    /out of memory at "conv2d output" of 1234 bytes \(3 MiB in use, 5 MiB allocated\); use a smaller batch/,
  );
});

test.run();

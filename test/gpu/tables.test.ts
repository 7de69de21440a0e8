import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defineKernel, type GpuTable } from '../../src/gpu/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('gpu.tables');

const copy = defineKernel({
  name: 'test.copyTable',
  source: `@group(0) @binding(0) var<storage, read> table: array<u32>;
    @group(0) @binding(1) var<storage, read_write> y: array<u32>;
    @compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { y[i] = table[i] + 1u; }`,
});

test('a table made while a step is recorded is there at every replay, also after it was forgotten', async () => {
  const gpu = await testGpu();
  const y = gpu.alloc(16);
  let made = 0;
  const table = (first: number): GpuTable =>
    gpu.table(`test ${first}`, 'table', () => {
      made++;
      return new Uint32Array([first, first + 1, first + 2, first + 3]);
    });
  const step = () => gpu.dispatch(copy, { buffers: { table: table(5), y }, workgroups: [1] });
  const values = async () => [...new Uint32Array(await gpu.read(y))];
  const { recording } = gpu.record(step);
  assert.equal(await values(), [6, 7, 8, 9]);
  const { allocated } = gpu.memory;
  await gpu.trim();
  assert.ok(gpu.memory.allocated < allocated);
  gpu.clear(y);
  for (let first = 10; first < 20; first++) table(first);
  recording.replay();
  assert.equal(await values(), [6, 7, 8, 9]);
  step();
  step();
  assert.is(made, 12);
  recording.release();
  y.release();
});

test('no kernel may write a table', async () => {
  const gpu = await testGpu();
  const table = gpu.table('test', 'table', () => new Uint32Array(4));
  const x = gpu.alloc(16);
  assert.throws(() => gpu.dispatch(copy, { buffers: { table: x, y: table }, workgroups: [1] }), /must not be a table/);
  x.release();
});

test.run();

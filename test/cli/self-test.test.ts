import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { selfTest } from '../../src/cli/doctor/self-test.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('self-test');

test('every check of the doctor holds on this adapter', async () => {
  const results = await selfTest(await testGpu());
  assert.equal(
    results.map(({ name }) => name),
    ['arithmetic', 'relu', 'sum', 'matrix product', 'convolution'],
  );
  for (const { name, pass, detail } of results) assert.ok(pass, `${name}: ${detail}`);
});

test('a device that computes nothing is found out', async () => {
  const gpu = await testGpu();
  const idle = Object.create(gpu, {
    dispatch: { value: () => {} },
    alloc: {
      value: (bytes: number) => {
        const buffer = gpu.alloc(bytes);
        gpu.clear(buffer);
        return buffer;
      },
    },
    upload: { value: gpu.upload.bind(gpu) },
    clear: { value: gpu.clear.bind(gpu) },
    read: { value: gpu.read.bind(gpu) },
  });
  const results = await selfTest(idle);
  assert.equal(
    results.map(({ pass }) => pass),
    [false, false, false, false, false],
  );
});

test.run();

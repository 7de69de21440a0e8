import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testGpu } from '../support/gpu.ts';
import { caseDigests, representatives, spoilMemory } from './bits.ts';

const test = suite('bits of the reference cases');

test('no operation reads memory that nobody wrote, and all give the same bits again', async () => {
  const gpu = await testGpu();
  const names = await representatives();
  assert.ok(names.length > 50, `${names.length} operations`);
  const expected = await caseDigests(gpu, names);
  const restore = spoilMemory(gpu);
  try {
    assert.equal(await caseDigests(gpu, names), expected);
  } finally {
    restore();
  }
});

test.run();

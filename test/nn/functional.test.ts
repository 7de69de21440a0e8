import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describe } from '../../src/check/describe.ts';
import { readCaseFile } from '../../src/check/file.ts';
import { checkFile } from '../../src/check/run.ts';
import { readFixture } from '../support/fixture.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.functional against PyTorch');

const OPERATIONS = [
  'relu',
  'add',
  'mul',
  'batch_norm',
  'linear',
  'max_pool2d',
  'avg_pool2d',
  'adaptive_avg_pool2d',
  'gaussian_nll_loss',
  'mse_loss',
  'l1_loss',
  'smooth_l1_loss',
];

async function names(): Promise<string[]> {
  return JSON.parse(new TextDecoder().decode(await readFixture('reference/cases/index.json'))) as string[];
}

async function check(name: string): Promise<void> {
  const file = `${name}.safetensors`;
  const result = await checkFile(await testGpu(), file, async () =>
    readCaseFile(new Uint8Array(await readFixture(`reference/cases/${file}`)), file),
  );
  assert.ok(result.pass, describe(result));
}

for (const operation of OPERATIONS) {
  test(`${operation}: values and gradients`, async () => {
    const cases = (await names()).filter((name) => name.startsWith(`${operation}-`));
    assert.ok(cases.length >= 3, `only ${cases.length} cases of ${operation}`);
    for (const name of cases) await check(name);
  });
}

test('conv2d: wired to its kernels', async () => {
  for (const name of ['conv2d-1x1-bias', 'conv2d-groups-2', 'conv2d-3x3-s2-p1-odd']) await check(name);
});

test.run();

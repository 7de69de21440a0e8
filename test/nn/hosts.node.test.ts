import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../src/gpu/index.ts';
import { runInChromium } from '../support/chromium.node.ts';
import { trainEagerly } from './small-training.ts';

const bundled = process.platform === 'linux' && process.arch === 'x64';
const test = suite('nn training in two hosts');
if (!bundled) console.log('skipped: SwiftShader in both hosts, which is for Linux x64');

(bundled ? test : test.skip)('Node and Chromium train to the same bits on SwiftShader', async () => {
  const gpu = await openGpu({ adapter: 'swiftshader' });
  const here = await trainEagerly(gpu);
  gpu.close();
  const there = await runInChromium<{ kind: string; losses: number[]; state: [string, number[]][] }>(
    'nn/training.chromium.ts',
    null,
  );
  assert.is(there.kind, 'swiftshader');
  assert.equal(there.losses, here.losses);
  assert.equal(
    there.state,
    [...here.state].map(([name, { data }]) => [name, [...data]]),
  );
});

test.run();

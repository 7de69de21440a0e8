import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../src/gpu/index.ts';
import { runInChromium } from '../support/chromium.node.ts';
import { trainDigest } from './train-digest.ts';

const SEED = 3;
const bundled = process.platform === 'linux' && process.arch === 'x64';
const test = suite('training in two hosts');
if (!bundled) console.log('skipped: SwiftShader in both hosts, which is for Linux x64');

(bundled ? test : test.skip)('ResNet-18 ends with the same bits in Node and in Chromium on SwiftShader', async () => {
  const gpu = await openGpu({ adapter: 'swiftshader' });
  const here = await trainDigest(gpu, SEED);
  gpu.close();
  const there = await runInChromium<{ kind: string; sha256: string }>('train/digest.chromium.ts', SEED);
  assert.is(there.kind, 'swiftshader');
  assert.is(there.sha256, here);
});

test.run();

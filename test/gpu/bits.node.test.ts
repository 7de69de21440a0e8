import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../src/gpu/index.ts';
import { runInChromium } from '../support/chromium.node.ts';
import { kernelBits } from './bits.ts';

const bundled = process.platform === 'linux' && process.arch === 'x64';
const test = suite('same bits');
if (!bundled) console.log('skipped: SwiftShader in both hosts, which is for Linux x64');

(bundled ? test : test.skip)('kernels give the same bits in Node and in Chromium on SwiftShader', async () => {
  const gpu = await openGpu({ adapter: 'swiftshader' });
  const here = await kernelBits(gpu, 1);
  const other = await kernelBits(gpu, 2);
  gpu.close();
  const there = await runInChromium<{ kind: string; bits: Record<string, string> }>('gpu/bits.chromium.ts', {
    seed: 1,
  });
  assert.is(there.kind, 'swiftshader');
  assert.equal(there.bits, here);
  for (const [name, bits] of Object.entries(other))
    assert.is.not(bits, here[name], `${name} does not depend on its input`);
});

test('a program that throws in the browser is an error here', async () => {
  const call = runInChromium('gpu/no-such-program.chromium.ts', null);
  assert.match(await call.then(String, (error: Error) => error.message), /no-such-program/);
});

test.run();

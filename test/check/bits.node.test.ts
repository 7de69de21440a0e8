import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openGpu } from '../../src/gpu/index.ts';
import { runInChromium } from '../support/chromium.node.ts';
import { testGpu } from '../support/gpu.ts';
import { caseDigests, representatives } from './bits.ts';

const bundled = process.platform === 'linux' && process.arch === 'x64';
const test = suite('bits of the reference cases in two hosts');
if (!bundled) console.log('skipped: SwiftShader in both hosts, which is for Linux x64');

(bundled ? test : test.skip)('every operation gives the same bits in Node and in Chromium on SwiftShader', async () => {
  const names = await representatives();
  const gpu = await openGpu({ adapter: 'swiftshader' });
  const here = await caseDigests(gpu, names);
  gpu.close();
  const there = await runInChromium<{ kind: string; digests: Record<string, string> }>('check/bits.chromium.ts', names);
  assert.is(there.kind, 'swiftshader');
  assert.equal(there.digests, here);
});

test('threads and the width of vectors change no bit on lavapipe', async () => {
  const gpu = await testGpu();
  if (gpu.info.kind !== 'lavapipe') return console.log(`skipped: ${gpu.info.name} has neither setting`);
  const expected = await caseDigests(gpu, await representatives());
  const program = `dist/test/bits-child-${process.pid}.js`;
  await build({
    entryPoints: ['test/check/bits.child.node.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    conditions: ['node'],
    loader: { '.wgsl': 'text', '.wasm': 'binary' },
  });
  // Other workgroups run side by side, and other invocations in step: a missing barrier or a race would show.
  const env = { ...process.env, AGELENS_ADAPTER: 'lavapipe', LP_NUM_THREADS: '0', LP_NATIVE_VECTOR_WIDTH: '128' };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program], { env, maxBuffer: 1e8 });
    assert.equal(JSON.parse(stdout), expected);
  } finally {
    rmSync(program, { force: true });
  }
});

test.run();

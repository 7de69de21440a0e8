import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Linear, loadState } from '../../src/nn/index.ts';
import { testGpu } from '../support/gpu.ts';

const test = suite('nn.layers.state-file on disk');

test('a network is written to a file and comes back from its path and its URL', async () => {
  const gpu = await testGpu();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'agelens-'));
  const file = path.join(folder, 'a net.safetensors');
  const net = new Linear(gpu, 3, 2).initialise(1);
  await net.save(file);
  assert.equal(await readdir(folder), ['a net.safetensors']);
  const state = await net.stateDict();
  for (const source of [file, pathToFileURL(file)]) {
    const other = new Linear(gpu, 3, 2);
    await other.load(source);
    assert.equal(await other.stateDict(), state);
    other.dispose();
  }
  await rejects(
    () => net.save(path.join(folder, 'none/net.safetensors')),
    /none.net\.safetensors: it cannot be written \(ENOENT/,
  );
  await rejects(() => loadState(path.join(folder, 'none')), /none: it cannot be read \(ENOENT/);
  net.dispose();
  await rm(folder, { recursive: true });
});

async function rejects(work: () => Promise<unknown>, message: RegExp): Promise<void> {
  const text = await work().then(
    () => 'no error',
    (reason: Error) => reason.message,
  );
  assert.match(text, message);
}

test.run();

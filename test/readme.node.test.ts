/** The program in the README, run as a user would: from the built package, by its name. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('README');

test('its program runs in JavaScript, learns, and leaves a file', async () => {
  const readme = await readFile('README.md', 'utf8');
  const program = readme.split('## As a library')[1]?.match(/```ts\n([\s\S]*?)```/)?.[1] ?? '';
  const folder = path.resolve('dist/examples/readme');
  await mkdir(folder, { recursive: true });
  const { code } = await transform(program, { loader: 'ts', format: 'esm', target: 'es2022' });
  await writeFile(path.join(folder, 'program.js'), code);
  const { stdout } = await promisify(execFile)(process.execPath, ['program.js'], { cwd: folder });
  assert.ok(Number(stdout) < 1, `the loss printed is ${stdout}`);
  assert.ok((await stat(path.join(folder, 'net.safetensors'))).size > 4 * 193);
  await rm(folder, { recursive: true });
});

test.run();

/** The runner must not call anything passed that did not run and hold. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

function run(sample: string, ...options: string[]): { last: string; status: number | null; output: string } {
  const args = ['build.mjs', '--test', `test/support/samples/${sample}.sample.ts`, ...options];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { last: stdout.trim().split('\n').at(-1) ?? '', status, output: stdout };
}

const test = suite('test runner');

test('passed, failed and skipped tests are counted', () => {
  const { last, status } = run('mixed');
  assert.is(last, '1 passed, 1 failed, 1 skipped');
  assert.is(status, 1);
});

test('they are counted in Chromium likewise', () => {
  const { last, status, output } = run('mixed', '--browser');
  assert.is(last, '1 passed, 1 failed, 1 skipped');
  assert.is(status, 1);
  assert.match(output, 'does not hold');
});

test('tests behind a failing hook have failed', () => {
  assert.is(run('hook').last, '0 passed, 1 failed');
});

test('a file that cannot be loaded has failed, with its reason', () => {
  const { last, output } = run('broken');
  assert.is(last, '0 passed, 1 failed');
  assert.match(output, 'this file cannot be loaded');
});

test('a file in which nothing runs has failed', () => {
  assert.is(run('silent').last, '0 passed, 1 failed');
});

test('a host that ends in the middle has failed, even with status 0', () => {
  const { last, status, output } = run('ends');
  assert.is(last, '0 passed, 1 failed');
  assert.is(status, 1);
  assert.match(output, 'ends.sample.ts');
});

test('a test that waits for what can no longer come has failed', () => {
  const { last, output } = run('never');
  assert.is(last, '0 passed, 1 failed');
  assert.match(output, 'never.sample.ts');
});

test('a page that is left in the middle has failed', () => {
  const { last, status } = run('ends', '--browser');
  assert.is(last, '0 passed, 1 failed');
  assert.is(status, 1);
});

test.run();

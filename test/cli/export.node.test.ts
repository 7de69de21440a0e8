/** What `agelens export` refuses; what it writes is compared in test/onnx. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCli, temporaryFolder } from './run-cli.node.ts';

const test = suite('export command');
const out = path.join(temporaryFolder(), 'never.onnx');
const OLD = 'test/reference/weights/old.pth';

test('what does not fit together fails with one line and leaves nothing', async () => {
  const fails = async (args: string[], status: number, message: RegExp) => {
    const outcome = await runCli(['export', ...args]);
    assert.is(outcome.status, status, outcome.stderr);
    assert.is(outcome.errors.length, 1, outcome.stderr);
    assert.match(outcome.errors[0] ?? '', message);
    assert.not.ok(existsSync(out));
  };
  await fails(['--network', 'resnet18', '--weights', OLD], 2, /--out FILE\.onnx is missing/);
  await fails(
    ['--network', 'resnet18', '--out', out],
    2,
    /give either --run DIR, or --network NAME and --weights FILE/,
  );
  await fails(['--run', 'x', '--network', 'resnet18', '--out', out], 2, /give either --run DIR/);
  await fails(['--network', 'resnet18', '--weights', OLD, '--fold', '1', '--out', out], 2, /--fold is for --run/);
  await fails(['--run', 'nowhere', '--out', out], 1, /no such file/);
  await fails(['--network', 'resnet18', '--weights', OLD, '--out', out], 1, /does not fit resnet18; agelens weights/);
});

test.run();

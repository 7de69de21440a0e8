// npm run check-onnx: installs onnxruntime beside its tests and compares exported networks there. The last line counts the tests.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup.mjs';

/** Its install script would fetch libraries for GPUs. */
const INSTALL = ['ci', '--prefix', 'test/onnx', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

setUp();
const npm = process.env.npm_execpath;
const [command, args] = npm ? [process.execPath, [npm, ...INSTALL]] : ['npm', INSTALL];
const { status } = spawnSync(command, args, { stdio: 'inherit', shell: !npm && process.platform === 'win32' });
if (status !== 0) process.exit(status ?? 1);
const { runOnnx, summary } = await import('./run-tests.mjs');
const counts = await runOnnx();
console.log(`\n${summary(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;

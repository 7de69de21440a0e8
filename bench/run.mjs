// npm run bench: sets up what is missing, TensorFlow.js included, builds the benchmark and runs it.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeOptions, ROOT } from '../scripts/bundle.mjs';
import { installed, setUp } from '../scripts/setup.mjs';

setUp();
installed('bench', 'TensorFlow.js for comparison');
await build({
  ...nodeOptions,
  entryPoints: ['bench/main.node.ts', 'bench/first-step.node.ts'],
  outdir: path.join(ROOT, 'bench/dist'),
  splitting: true,
});
await build({
  ...nodeOptions,
  packages: 'bundle',
  format: 'cjs',
  mainFields: ['module', 'main'],
  entryPoints: ['bench/tensorflow/contestant.mjs'],
  outfile: path.join(ROOT, 'bench/dist/tensorflow.cjs'),
});
const program = path.join(ROOT, 'bench/dist/main.node.js');
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;

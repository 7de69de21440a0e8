// npm run fuzz: bundles test/fuzz/main.node.ts and runs it with the arguments given after `--`.
import { fork } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeOptions, ROOT } from './bundle.mjs';

const outfile = path.join(ROOT, 'dist/test/fuzz.js');
await build({ ...nodeOptions, entryPoints: ['test/fuzz/main.node.ts'], outfile });
const child = fork(outfile, process.argv.slice(2), { cwd: ROOT, execArgv: ['--enable-source-maps'] });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

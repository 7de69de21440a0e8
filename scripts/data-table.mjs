// npm run data-table -- ROOT [FOLDER…] [--summary]: what becomes of every file below ROOT (test/data/main.node.ts), as CSV,
// or with --summary as Markdown with a line for each folder. Needs Python with nibabel and pydicom (and gdcm): PYTHON, else
// python3.
import { fork } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeOptions, ROOT } from './bundle.mjs';

const outfile = path.join(ROOT, 'dist/test/data-table.js');
await build({ ...nodeOptions, entryPoints: ['test/data/main.node.ts'], outfile });
const child = fork(outfile, process.argv.slice(2), { cwd: ROOT, execArgv: ['--enable-source-maps'] });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

// npm run bench-prepare [-- --json FILE]: the kerber2023 preparation beside its SciPy and scikit-image pipeline, in turns on a
// series of 512 × 512 × 134. Needs Python with numpy, scipy, scikit-image and pydicom: PYTHON, else python3.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { nodeOptions, ROOT } from '../scripts/bundle.mjs';
import { setUp } from '../scripts/setup.mjs';

setUp();
const program = path.join(ROOT, 'bench/dist/prepare.js');
await build({ ...nodeOptions, entryPoints: ['bench/prepare/main.node.ts'], outfile: program });
const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit', cwd: ROOT });
process.exitCode = status ?? 1;

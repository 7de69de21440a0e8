// node scripts/test-program.mjs NAME …: bundles test/NAME/main.node.ts and runs it with the arguments that follow.
import { fork } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { buildCommands, nodeOptions, ROOT } from './bundle.mjs';

const [name, ...args] = process.argv.slice(2);
const outfile = path.join(ROOT, `dist/test/${name}.js`);
await Promise.all([
  buildCommands(),
  build({ ...nodeOptions, entryPoints: [`test/${name}/main.node.ts`], absWorkingDir: ROOT, outfile }),
]);
const child = fork(outfile, args, { cwd: ROOT, execArgv: ['--enable-source-maps'] });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

// Bundles the library for both hosts, the commands and the pages into dist/.
//   node build.mjs                            everything, with types
//   node build.mjs --test FILE… [--browser]   bundles and runs just these test files, in Node or in Chromium
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildCommands, buildLibrary, buildPages, ROOT } from './scripts/bundle.mjs';
import { runSome, summary } from './scripts/run-tests.mjs';

/** Type declarations of the library, beside its bundles. */
function buildTypes() {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '--project', 'tsconfig.types.json'], { cwd: ROOT, stdio: 'inherit' });
}

async function buildAll() {
  try {
    await Promise.all([buildLibrary(), buildCommands(), buildPages()]);
    buildTypes();
  } catch (error) {
    if (!error.errors && !error.status) throw error; // esbuild and tsc have said what is wrong
    process.exitCode = 1;
  }
}

const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (process.argv.includes('--test')) {
  const counts = await runSome(files, process.argv.includes('--browser'));
  console.log(summary(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
} else {
  await buildAll();
}

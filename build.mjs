// Bundles the library for both hosts, the commands and the pages into dist/.
//   node build.mjs                            everything, with types
//   node build.mjs --test FILE… [--browser]   bundles and runs just these test files, in Node or in Chromium
import { buildTypes } from './scripts/api/types.mjs';
import { buildCommands, buildLibrary, buildPages } from './scripts/bundle.mjs';
import { runSome, summary } from './scripts/run-tests.mjs';

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

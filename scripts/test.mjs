// npm test: sets up what is missing, then runs every test in Node and in headless Chromium. The last line counts them.
import { setUp } from './setup.mjs';

setUp();
const { runAll, summary } = await import('./run-tests.mjs');
const counts = await runAll();
console.log(`\n${summary(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;

// npm run check-firefox [-- FILE …]: the tests that run in browsers, in an installed Firefox (`firefox`, or what FIREFOX names).
import { setUp } from './setup.mjs';

setUp();
const { runFirefox, summary } = await import('./run-tests.mjs');
const counts = await runFirefox(process.argv.slice(2));
console.log(`\n${summary(counts)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;

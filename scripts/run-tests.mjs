// Runs test bundles in their hosts, one host at a time, and counts what really ran.
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { buildBrowserPrograms, buildBrowserTests, buildNodeTests, list, nodeOptions, ROOT } from './bundle.mjs';

/** A host that says nothing for so long hangs. No test comes near it: time decides no test. */
const SILENCE_MS = 30 * 60_000;

const isNodeOnly = (file) => file.endsWith('.node.test.ts');
const isPage = (file) => file.endsWith('.page.test.ts');
const isForBoth = (file) => !isPage(file) && !isNodeOnly(file);
/** They need onnxruntime, which is no package of this project: `npm run check-onnx` installs it beside them. */
const isOnnx = (file) => file.endsWith('.onnx.test.ts');
const ONNX_RUNTIME = 'test/onnx/node_modules/onnxruntime-node/package.json';

/** Runs one host and gives its counts; a host that ends, hangs or loses its page before the last test has failed. */
function runHost(script, bundle) {
  return new Promise((resolve) => {
    const counts = { passed: 0, failed: 0, skipped: 0, files: [] };
    let done = false;
    let hung = false;
    let current = 'its first test';
    const child = fork(script, [bundle], {
      cwd: ROOT,
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const kill = () => {
      hung = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(kill, SILENCE_MS);
    child.on('message', (report) => {
      clearTimeout(timer);
      timer = setTimeout(kill, SILENCE_MS);
      if (report.type === 'text') process.stdout.write(report.text);
      if (report.type === 'start') current = report.file;
      if (report.type === 'done') done = true;
      if (report.type !== 'file') return;
      for (const key of ['passed', 'failed', 'skipped']) counts[key] += report.counts[key];
      counts.files.push(report);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (!done || code !== 0) {
        counts.failed++;
        const how = hung ? `was silent for ${SILENCE_MS / 60_000} minutes` : `ended with ${signal ?? `status ${code}`}`;
        console.log(`\n  FAIL  the host ${how}${done ? '' : ` in ${current}`}\n`);
      }
      resolve(counts);
    });
  });
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

async function inHost(title, files, prepare) {
  console.log(`\n${title}: ${files.length} files\n`);
  const start = performance.now();
  const bundle = path.join('dist/test', `${title.toLowerCase()}-${process.pid}.js`);
  const host = await prepare(files, bundle);
  const counts = await runHost(host, bundle);
  for (const file of [bundle, `${bundle}.map`]) rmSync(path.join(ROOT, file), { force: true });
  const slowest = counts.files.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 3);
  const slow = slowest.map(({ file, milliseconds }) => `${file} ${seconds(milliseconds)}`).join(', ');
  console.log(`\n${title}: ${summary(counts)} in ${seconds(performance.now() - start)} (longest: ${slow || 'none'})`);
  if (counts.passed + counts.failed === 0) {
    console.log(`  FAIL  no test ran in ${title}`);
    counts.failed++;
  }
  return counts;
}

async function nodeHost(files, bundle) {
  await buildBrowserPrograms();
  await buildNodeTests(files, bundle);
  return 'scripts/test-in-node.mjs';
}

/** Files in a browser, through a program of test/support. */
const browserHost = (program) => async (files, bundle) => {
  const outfile = `dist/test/${program}.js`;
  await buildBrowserTests(files, bundle);
  await build({ ...nodeOptions, entryPoints: [`test/support/${program}.node.ts`], outfile });
  return outfile;
};

const chromiumHost = browserHost('chromium-host');
const firefoxHost = browserHost('firefox-host');

export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** Exported networks in onnxruntime, where it is installed. */
function onnxGroup(files) {
  if (existsSync(path.join(ROOT, ONNX_RUNTIME))) return [['ONNX', files, nodeHost]];
  console.log(
    `ONNX: ${files.length} files are skipped, because onnxruntime is not installed (npm run check-onnx does it)`,
  );
  return [];
}

/** Every test file: in Node, those for both hosts also in Chromium, then those of the pages and of another runtime. */
export async function runAll() {
  const files = list('test', '.test.ts');
  const all = files.filter((file) => !isOnnx(file));
  return runGroups([
    ['Node', all.filter((file) => !isPage(file)), nodeHost],
    ['Chromium', all.filter(isForBoth), chromiumHost],
    ['Pages', all.filter(isPage), nodeHost],
    ...onnxGroup(files.filter(isOnnx)),
  ]);
}

/** The files for both hosts, or some of them, in an installed Firefox. */
export function runFirefox(some) {
  const all = list('test', '.test.ts').filter((file) => !isOnnx(file) && isForBoth(file));
  return runGroups([['Firefox', some.length > 0 ? some : all, firefoxHost]]);
}

export const runOnnx = () => runGroups([['ONNX', list('test/onnx', '.onnx.test.ts'), nodeHost]]);

export function runSome(files, inBrowser) {
  return runGroups([inBrowser ? ['Chromium', files, chromiumHost] : ['Node', files, nodeHost]]);
}

async function runGroups(groups) {
  mkdirSync(path.join(ROOT, 'dist/test'), { recursive: true });
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [title, files, host] of groups) {
    const counts = await inHost(title, files, host);
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
  return total;
}

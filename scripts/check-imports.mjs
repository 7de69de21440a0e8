// Holds the direction of imports: node scripts/check-imports.mjs. Exits non-zero with one line for each breach.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { browserOptions, list, ROOT } from './bundle.mjs';

/** What each folder of src/ may import from, beside itself. */
const MAY_IMPORT = {
  util: [],
  gpu: ['util'],
  kernels: ['gpu', 'util'],
  nn: ['kernels', 'gpu', 'formats', 'util'],
  formats: ['util'],
  synthetic: ['formats', 'util'],
  preprocess: ['kernels', 'gpu', 'formats', 'util'],
  check: ['nn', 'kernels', 'preprocess', 'formats', 'gpu', 'util'],
  train: ['nn', 'kernels', 'preprocess', 'formats', 'gpu', 'util'],
  bench: ['train', 'nn', 'kernels', 'gpu', 'util'],
  cli: ['bench', 'train', 'check', 'nn', 'kernels', 'preprocess', 'synthetic', 'formats', 'gpu', 'util'],
  web: ['train', 'nn', 'kernels', 'preprocess', 'synthetic', 'formats', 'gpu', 'util'],
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Relative imports of a file as paths from the root: with or without those that are erased (`import type`). */
function importsOf(file, withTypes) {
  const source = readFileSync(path.join(ROOT, file), 'utf8');
  return [...source.matchAll(IMPORT)]
    .filter(([text]) => withTypes || !/^\s*(import|export)\s+type\b/.test(text))
    .map((match) => match[1] ?? match[2] ?? match[3])
    .filter((name) => name.startsWith('.'))
    .map((name) => path.posix.join(path.posix.dirname(file), name));
}

const folderOf = (file) => (file.startsWith('src/') ? file.split('/')[1] : null);

function directionBreaches(graph) {
  const breaches = [];
  for (const [file, targets] of graph) {
    const from = folderOf(file);
    if (from.endsWith('.ts')) continue; // src/index.ts names what the library offers
    if (!MAY_IMPORT[from]) breaches.push(`${file}: src/${from}/ is not in the table of scripts/check-imports.mjs`);
    for (const target of targets) {
      const to = folderOf(target);
      if (to === from || to === null || MAY_IMPORT[from]?.includes(to)) continue;
      breaches.push(
        `${file} imports ${target}: src/${from}/ may import from ${MAY_IMPORT[from]?.join(', ') || 'nothing else'}`,
      );
    }
  }
  return breaches;
}

function cycles(graph) {
  const found = [];
  const state = new Map();
  const visit = (file, trail) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push(`import cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' → ')}`);
      return;
    }
    state.set(file, 'open');
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** Modules of Node that would end up in a browser's bundle. */
async function nodeInBrowser() {
  const entryPoints = ['src/index.ts', ...list('src/web', '/page.ts')];
  const { metafile } = await build({
    ...browserOptions,
    entryPoints,
    outdir: 'dist',
    splitting: true,
    write: false,
    metafile: true,
  });
  return Object.keys(metafile.inputs)
    .filter((file) => file.startsWith('src/') && (file.endsWith('.node.ts') || file.startsWith('src/cli/')))
    .map((file) => `${file} is reachable from the browser library or a page`);
}

const graphOf = (withTypes) => new Map(list('src', '.ts').map((file) => [file, importsOf(file, withTypes)]));
const graph = graphOf(true);
const breaches = [...directionBreaches(graph), ...cycles(graphOf(false)), ...(await nodeInBrowser())];
for (const breach of breaches) console.error(breach);
console.log(`imports: ${graph.size} files, ${breaches.length} breaches`);
process.exitCode = breaches.length > 0 ? 1 : 0;

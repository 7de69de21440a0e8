// What esbuild makes of the sources: the library for both hosts, commands, pages, tests.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  logLevel: 'warning',
  loader: { '.wgsl': 'text', '.wasm': 'binary' },
};
export const nodeOptions = { ...common, platform: 'node', packages: 'external', conditions: ['node'] };
export const browserOptions = {
  ...common,
  platform: 'browser',
  conditions: ['browser', 'module'],
  external: ['fs', 'path'], // named by WebAssembly codecs for when they run in Node
};

/** Files below `folder` that end so, as paths from the root with `/`. */
export function list(folder, ending) {
  if (!existsSync(path.join(ROOT, folder))) return [];
  return readdirSync(path.join(ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith(ending) && !name.includes('/node_modules/'))
    .sort();
}

/** Builds into `outdir` and removes what an earlier build left there. */
async function into(outdir, options) {
  const { metafile } = await build({ ...options, outdir, metafile: true });
  const made = new Set(Object.keys(metafile.outputs));
  for (const file of list(outdir, '')) {
    if (/\.(js|js\.map)$/.test(file) && !made.has(file)) rmSync(path.join(ROOT, file));
  }
}

export const buildLibrary = () =>
  Promise.all([
    into('dist/node', { ...nodeOptions, entryPoints: ['src/index.ts'] }),
    into('dist/browser', { ...browserOptions, entryPoints: ['src/index.ts'] }),
  ]);

export const buildCommands = () =>
  into('dist/cli', {
    ...nodeOptions,
    entryPoints: ['src/cli/agelens.ts', 'src/cli/main.ts', 'src/cli/study-reader.ts'],
    splitting: true,
  });

/** Each `page.ts` becomes `page.js` in the same place of dist/web; all that is no TypeScript is copied. */
export async function buildPages() {
  await into('dist/web', {
    ...browserOptions,
    entryPoints: list('src/web', '/page.ts'),
    outbase: 'src/web',
    splitting: true,
  });
  for (const file of list('src/web', '')) {
    if (!/\.(html|css|svg|png|json)$/.test(file)) continue;
    const target = path.join(ROOT, 'dist/web', path.relative('src/web', file));
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(path.join(ROOT, file), target);
  }
}

/** A bundle of test files: it exports the loader of each by its path, and what runs them. */
function testEntry(files) {
  const loaders = files.map((file) => `${JSON.stringify(file)}: () => import(${JSON.stringify(`./${file}`)}),`);
  const contents = [
    `export { runFiles } from './test/support/run.ts';`,
    'export const files = {',
    ...loaders,
    '};',
  ].join('\n');
  return { contents, resolveDir: ROOT, sourcefile: 'tests.js' };
}

export const buildNodeTests = (files, outfile) => build({ ...nodeOptions, stdin: testEntry(files), outfile });

export const buildBrowserTests = (files, outfile) => build({ ...browserOptions, stdin: testEntry(files), outfile });

/** `*.chromium.ts` are run in Chromium by tests that run in Node (test/support/chromium.node.ts). */
export const buildBrowserPrograms = () =>
  into('dist/test/programs', { ...browserOptions, entryPoints: list('test', '.chromium.ts'), outbase: 'test' });

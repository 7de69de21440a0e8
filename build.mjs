// Bundles the library for both hosts, the commands and the tests.
//   node build.mjs                         everything
//   node build.mjs --test FILE… [--browser] bundle and run single test files
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const common = {
  bundle: true,
  format: 'esm',
  target: 'es2023',
  sourcemap: true,
  logLevel: 'warning',
  loader: { '.wgsl': 'text' },
};
const node = { ...common, platform: 'node', packages: 'external', conditions: ['node'] };

const list = (folder, ending) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();

if (process.argv.includes('--test')) {
  const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const entry = files.map((file) => `import './${file}';`).join('\n');
  const outfile = `dist/test/single-${process.pid}.js`;
  await build({ ...node, stdin: { contents: entry, resolveDir: '.' }, outfile, sourcemap: 'inline' });
  const run = spawnSync(process.execPath, ['--enable-source-maps', outfile], { stdio: 'inherit' });
  process.exit(run.status ?? 1);
}

await build({ ...node, entryPoints: ['src/index.ts'], outdir: 'dist/node' });
await build({ ...node, entryPoints: list('src/cli', '.ts'), outdir: 'dist/cli', splitting: true });

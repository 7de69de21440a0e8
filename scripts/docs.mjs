// npm run docs: the API reference into dist/docs. With --check it writes nothing and names what has no docstring.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readApi, undocumented } from './api/model.mjs';
import { renderApi } from './api/render.mjs';
import { buildTypes } from './api/types.mjs';
import { ROOT } from './bundle.mjs';

buildTypes();
const modules = readApi();
const missing = undocumented(modules);
for (const name of missing) console.error(`${name} has no docstring`);
const names = modules.reduce(
  (sum, { path: module, exports }) => sum + exports.filter(({ at }) => at === module).length,
  0,
);
console.log(`docs: ${modules.length} modules, ${names} names, ${missing.length} without a docstring`);
process.exitCode = missing.length > 0 ? 1 : 0;

if (!process.argv.includes('--check')) {
  const folder = path.join(ROOT, 'dist/docs');
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, html] of renderApi(modules, version)) writeFileSync(path.join(folder, file), html);
  console.log(`written to ${path.relative(process.cwd(), folder) || '.'}/index.html`);
}

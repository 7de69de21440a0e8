// npm run example NAME: examples/NAME.ts with the built library. Node 22.18 and newer also run the file as it is.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { list, ROOT } from './bundle.mjs';
import { setUp } from './setup.mjs';

const names = list('examples', '.ts').map((file) => path.basename(file, '.ts'));
const [name] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`npm run example NAME: one of ${names.join(', ')}`);
  process.exit(1);
}
setUp();
const outfile = path.join(ROOT, `dist/examples/${name}.js`);
await build({ entryPoints: [path.join(ROOT, `examples/${name}.ts`)], outfile, format: 'esm', logLevel: 'warning' });
await import(pathToFileURL(outfile).href);

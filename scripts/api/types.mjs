// The declarations of the library, which the package ships and the API reference is made from.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { ROOT } from '../bundle.mjs';

export const TYPES = path.join(ROOT, 'dist/types');

/** Writes them into dist/types. */
export function buildTypes() {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '--project', 'tsconfig.types.json'], { cwd: ROOT, stdio: 'inherit' });
}

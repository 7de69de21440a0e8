#!/usr/bin/env node
// The same as `agelens train`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('./dist/cli/main.js', import.meta.url);
if (existsSync(fileURLToPath(main))) {
  const { main: run } = await import(main.href);
  process.exitCode = await run(['train', ...process.argv.slice(2)]);
} else {
  console.error('train.js: agelens is not built; run `npm ci && npm run build` (or `npm start`, which does it all)');
  process.exitCode = 1;
}

// What `npm start` and `npm test` do first: dependencies as in package-lock.json, and a build of the present sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const OLDEST_NODE = 20;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(what, command, args, options = {}) {
  console.log(`${what} …`);
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (status !== 0)
    fail(`${what}: ${error?.message ?? `\`${[command, ...args].join(' ')}\` ended with status ${status}`}`);
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Whether the node_modules of `place` hold what its package-lock.json asks for. npm leaves a list of what it installed. */
function dependenciesPresent(place) {
  const wanted = packages(path.join(place, 'package-lock.json'));
  const present = packages(path.join(place, 'node_modules/.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true;
    const found = present[folder];
    return found ? found.version === version && existsSync(path.join(ROOT, place, folder)) : optional === true;
  });
}

/** Installs the packages of a folder of this repository that has a package-lock.json, unless they are there. */
export function installed(place, what) {
  if (dependenciesPresent(place)) return;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const cwd = path.join(ROOT, place);
  if (npm) run(`Installing ${what}`, process.execPath, [npm, ...args], { cwd });
  else run(`Installing ${what}`, 'npm', args, { cwd, shell: process.platform === 'win32' });
}

/** Sizes and times of all sources: their digest changes whenever one of them does. */
function sourcesDigest() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(path.join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  };
  for (const folder of ['src', 'types', 'scripts']) {
    const entries = readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath ?? entry.path, entry.name)));
    for (const file of files.sort()) add(file);
  }
  for (const file of ['build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json']) add(file);
  return hash.digest('hex');
}

function build() {
  const stamp = path.join(ROOT, 'dist/sources.sha256');
  const digest = sourcesDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  run('Building', process.execPath, ['build.mjs']);
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** Makes a fresh clone ready to run. Does nothing when it is. */
export function setUp() {
  const version = Number(process.versions.node.split('.')[0]);
  if (version < OLDEST_NODE)
    fail(`Node ${process.versions.node} is too old: agelens needs Node ${OLDEST_NODE} or newer`);
  installed('.', 'dependencies');
  build();
}

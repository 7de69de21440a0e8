import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Gpu } from '../gpu/index.ts';
import { VERSION, WEBGPU_VERSION } from '../util/version.ts';

/** What a run was computed with; keys as in environment.json. */
export interface Environment {
  agelens: string;
  /** Commit of the working copy, "+" when it has changes; null outside one. */
  git_revision: string | null;
  node: string;
  webgpu: string;
  platform: string;
  adapter: { name: string; kind: string; driver: string };
}

function packageRoot(): string | null {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'agelens')
      return folder;
    const parent = path.dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** The commit this package was built from, where it is a working copy of its own (not a dependency inside another one). */
export function gitRevision(): string | null {
  const root = packageRoot();
  if (!root) return null;
  try {
    if (realpathSync(git(root, 'rev-parse', '--show-toplevel')) !== realpathSync(root)) return null;
    const changed = git(root, 'status', '--porcelain', '--untracked-files=no') !== '';
    return git(root, 'rev-parse', 'HEAD') + (changed ? '+' : '');
  } catch {
    return null;
  }
}

export function environmentOf(gpu: Gpu): Environment {
  const { name, kind, driver } = gpu.info;
  return {
    agelens: VERSION,
    git_revision: gitRevision(),
    node: process.version,
    webgpu: WEBGPU_VERSION,
    platform: `${process.platform} ${process.arch}`,
    adapter: { name, kind, driver },
  };
}

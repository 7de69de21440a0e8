import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const CLI = path.resolve('dist/cli/agelens.js');

export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Lines of standard error that begin like an error message. */
  errors: string[];
}

export interface Options {
  env?: Record<string, string>;
}

/** Runs the built commands as a user would. */
export function runCli(args: readonly string[], { env = {} }: Options = {}): Promise<Outcome> {
  if (!existsSync(CLI)) throw new Error(`${CLI} is not built; run npm run build`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const errors = stderr.split('\n').filter((line) => /^agelens\b.*: /.test(line));
      resolve({ status, signal, stdout, stderr, errors });
    });
  });
}

/** A folder that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'agelens-test-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

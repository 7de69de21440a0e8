import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors.ts';

/**
 * Makes a folder wholly or not at all: `fill` writes into a temporary folder beside `out`, which takes its place when all
 * is done. An earlier folder there is replaced only if it holds `marker`, the file by which such a folder is known.
 * @throws UserError when `out` is something else
 */
export async function writeFolder<T>(out: string, marker: string, fill: (folder: string) => Promise<T>): Promise<T> {
  await checkReplaceable(out, marker);
  const temporary = `${path.resolve(out)}.${randomBytes(4).toString('hex')}.partial`;
  await mkdir(temporary, { recursive: true });
  try {
    const result = await fill(temporary);
    await replace(temporary, path.resolve(out));
    return result;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @throws UserError unless `out` is absent, empty, or a folder with `marker` in it */
export async function checkReplaceable(out: string, marker: string): Promise<void> {
  if (!existsSync(out)) return;
  const names = await readdir(out).catch(() => {
    throw new UserError(`${out}: this is a file; give a folder`);
  });
  if (names.length > 0 && !names.includes(marker)) {
    throw new UserError(`${out}: the folder holds other files (no ${marker}), so it is not replaced; give another one`);
  }
}

async function replace(temporary: string, out: string): Promise<void> {
  if (!existsSync(out)) return rename(temporary, out);
  const old = `${temporary}.old`;
  await rename(out, old);
  await rename(temporary, out);
  await rm(old, { recursive: true, force: true });
}

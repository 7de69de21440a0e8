/** Whole files by their path. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, UserError } from '../util/errors.ts';

const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

/**
 * Writes a file wholly or not at all: into a temporary file beside it, synced to disk, then renamed.
 * @param contents bytes, text (UTF-8), or pieces that are written one after another
 * @throws UserError when the file cannot be written there
 */
export async function writeFileAtomically(
  path: string,
  contents: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}.partial`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw isSystemError(error)
      ? new UserError(`${path}: it cannot be written (${messageOf(error).split(',', 1)[0]})`)
      : error;
  }
}

/** @throws UserError when there is no such file or it cannot be read */
export async function readWholeFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (error) {
    throw isSystemError(error)
      ? new UserError(`${path}: it cannot be read (${messageOf(error).split(',', 1)[0]})`)
      : error;
  }
}

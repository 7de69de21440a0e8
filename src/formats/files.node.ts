/**
 * Files on disk, for Node: sources for the readers, a deterministic walk through folders, and writing that leaves either
 * the whole file or none.
 */
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../util/errors.ts';
import { RefusedError } from './refusal.ts';
import type { FileSource } from './source.ts';
import { readStudies, type Studies } from './studies.ts';

export { writeFileAtomically } from './file-host.node.ts';

/** "EACCES: permission denied", without the path that follows. */
const reasonOf = (error: unknown): string => messageOf(error).split(',', 1)[0] as string;

async function readRange(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const length = Math.max(0, end - start);
  const bytes = new Uint8Array(length);
  const file = await open(path, 'r');
  try {
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}

/** A file on disk as a source. Its `read` throws a RefusedError without a name when the disk does not give it. */
export function fileSource(path: string, size: number, modified?: number): FileSource {
  return {
    name: path.replaceAll('\\', '/'),
    size,
    path,
    ...(modified === undefined ? {} : { modified }),
    read: (start = 0, end = size) =>
      readRange(path, start, Math.min(end, size)).catch((error) => {
        throw new RefusedError([], `cannot be read (${reasonOf(error)})`);
      }),
  };
}

/**
 * Every file below `path` (or `path` itself when it is a file), sorted by name. Links are followed, but for those that
 * lead nowhere; a folder is entered once. Hidden files and folders are passed over.
 * @throws UserError when `path` does not exist or a folder cannot be read
 */
export async function walk(path: string): Promise<FileSource[]> {
  const sources: FileSource[] = [];
  const exists = await collect(path, sources, new Set());
  if (!exists) throw new UserError(`${path}: no such file or folder`);
  return sources;
}

async function collect(path: string, sources: FileSource[], entered: Set<string>): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (!facts) return false;
  if (facts.isFile()) sources.push(fileSource(path, facts.size, facts.mtimeMs));
  if (!facts.isDirectory()) return true;
  const real = await realpath(path);
  if (entered.has(real)) return true;
  entered.add(real);
  const names = await readdir(path).catch((error: unknown) => {
    throw new UserError(`${path}: the folder cannot be read (${reasonOf(error)})`);
  });
  for (const name of names.filter((entry) => !entry.startsWith('.')).sort()) {
    await collect(join(path, name), sources, entered);
  }
  return true;
}

/**
 * The volumes in a file or folder on disk.
 * @throws UserError when there is nothing at `path`, or neither a DICOM nor a NIfTI file in it
 */
export async function readStudiesAt(path: string, onFile?: (done: number, total: number) => void): Promise<Studies> {
  const sources = await walk(path);
  const found = await readStudies(sources, onFile);
  if (found.studies.length === 0 && found.refused.length === 0) {
    throw new UserError(
      `${path}: no DICOM or NIfTI file among ${sources.length} ${sources.length === 1 ? 'file' : 'files'}`,
    );
  }
  return found;
}

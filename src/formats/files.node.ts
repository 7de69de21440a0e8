/**
 * Files on disk, for Node: sources for the readers, a deterministic walk through folders, and writing that leaves either
 * the whole file or none.
 */
import type { Stats } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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

/**
 * A file on disk as a source. A hundred thousand may be in memory at once, so those of a folder share its name.
 * Its `read` throws a RefusedError without a name when the disk does not give the bytes.
 */
export class DiskFile implements FileSource {
  readonly #folder: string;
  readonly #base: string;
  readonly name: string;
  readonly size: number;
  readonly modified: number;

  /** @param base its name in `folder`; `name` is that by which messages call it */
  constructor(folder: string, base: string, name: string, size: number, modified = 0) {
    this.#folder = folder;
    this.#base = base;
    this.name = name;
    this.size = size;
    this.modified = modified;
  }

  get path(): string {
    return join(this.#folder, this.#base);
  }

  read(start = 0, end = this.size): Promise<Uint8Array<ArrayBuffer>> {
    return readRange(this.path, start, Math.min(end, this.size)).catch((error) => {
      throw new RefusedError([], `cannot be read (${reasonOf(error)})`);
    });
  }
}

/**
 * Every file below `path` (or `path` itself when it is a file), sorted by name. Links are followed, but for those that
 * lead nowhere; a folder is entered once. Hidden files and folders are passed over.
 * @param nameOf what a file is to be called in messages; by its path unless given
 * @throws UserError when `path` does not exist or a folder cannot be read
 */
export async function walk(path: string, nameOf = (file: string): string => file): Promise<FileSource[]> {
  const sources: FileSource[] = [];
  const add = (folder: string, base: string, { size, mtimeMs }: Stats) =>
    sources.push(new DiskFile(folder, base, nameOf(join(folder, base)).replaceAll('\\', '/'), size, mtimeMs));
  const exists = await collect(dirname(path), basename(path), add, new Set());
  if (!exists) throw new UserError(`${path}: no such file or folder`);
  return sources;
}

async function collect(
  folder: string,
  base: string,
  add: (folder: string, base: string, facts: Stats) => void,
  entered: Set<string>,
): Promise<boolean> {
  const path = join(folder, base);
  const facts = await stat(path).catch(() => null);
  if (!facts) return false;
  if (facts.isFile()) add(folder, base, facts);
  if (!facts.isDirectory()) return true;
  const real = await realpath(path);
  if (entered.has(real)) return true;
  entered.add(real);
  const names = await readdir(path).catch((error: unknown) => {
    throw new UserError(`${path}: the folder cannot be read (${reasonOf(error)})`);
  });
  for (const name of names.filter((entry) => !entry.startsWith('.')).sort()) {
    await collect(path, name, add, entered);
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

import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

interface Entry {
  name: string;
  data: Buffer;
}

const BLOCK = 512;

/** The regular files of a tar archive (POSIX ustar headers; long names are not needed here and are refused). */
export function readTar(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  while (archive[at] !== 0) {
    if (at + BLOCK > archive.length) throw new Error(`tar archive: it is cut off after ${archive.length} bytes`);
    const name = text(archive, at, 100);
    const size = Number.parseInt(text(archive, at + 124, 12).trim(), 8);
    const type = String.fromCharCode(archive[at + 156] as number);
    if (!Number.isFinite(size) || at + BLOCK + size > archive.length)
      throw new Error(`tar archive: entry "${name}" is cut off`);
    if ('xgLK'.includes(type)) throw new Error(`tar archive: entry type "${type}" is not supported`);
    if (type === '0' || type === '\0')
      entries.push({ name: safeName(name), data: archive.subarray(at + BLOCK, at + BLOCK + size) });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function text(archive: Buffer, at: number, length: number): string {
  const end = archive.indexOf(0, at);
  return archive.toString('utf8', at, end >= at && end < at + length ? end : at + length);
}

function safeName(name: string): string {
  const clean = path.posix.normalize(name);
  if (path.posix.isAbsolute(clean) || clean.startsWith('..'))
    throw new Error(`tar archive: entry "${name}" leaves the folder`);
  return clean;
}

const MANIFEST = 'unpacked.json';

function complete(folder: string): boolean {
  try {
    const sizes = JSON.parse(readFileSync(path.join(folder, MANIFEST), 'utf8')) as Record<string, number>;
    return Object.entries(sizes).every(([name, size]) => statSync(path.join(folder, name)).size === size);
  } catch {
    return false;
  }
}

function place(entries: Entry[], folder: string): void {
  const sizes: Record<string, number> = {};
  for (const { name, data } of entries) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, data, { mode: 0o755 });
    sizes[name] = data.length;
  }
  writeFileSync(path.join(folder, MANIFEST), JSON.stringify(sizes));
}

/**
 * Unpacks brotli files (`NAME.tar.br`, or `NAME.br` for a single file) into `folder`, unless they are there complete.
 * It appears under its name only when it is whole, so processes that start together do not disturb each other.
 */
export function unpackOnce(archives: string[], folder: string): void {
  if (complete(folder)) return;
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(`${folder}.`);
  try {
    const entries = archives.flatMap((archive) => {
      const data = brotliDecompressSync(readFileSync(archive));
      return archive.endsWith('.tar.br') ? readTar(data) : [{ name: path.basename(archive, '.br'), data }];
    });
    place(entries, temporary);
    moveInto(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function moveInto(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (complete(folder)) return; // another process was first
    if (!existsSync(folder)) throw error;
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  }
}

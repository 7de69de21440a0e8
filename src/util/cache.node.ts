import { randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

function wantedFolder(): string {
  if (process.env.XDG_CACHE_HOME && path.isAbsolute(process.env.XDG_CACHE_HOME)) return process.env.XDG_CACHE_HOME;
  if (process.platform === 'win32') return process.env.LOCALAPPDATA ?? path.join(os.homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches');
  return path.join(os.homedir(), '.cache');
}

function writable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A folder of one's own under the system's temporary folder; what somebody else put there under its name is not trusted. */
export function privateTemporaryFolder(name: string): string {
  const folder = path.join(os.tmpdir(), `${name}-${process.getuid?.() ?? 'user'}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const status = lstatSync(folder);
  const ours = status.isDirectory() && (process.getuid === undefined || status.uid === process.getuid());
  return ours && writable(folder) ? folder : mkdtempSync(path.join(os.tmpdir(), `${name}-`));
}

let folder: string | undefined;

/**
 * Where what can be made again is kept between runs: `agelens` in the user's cache folder (`XDG_CACHE_HOME` is honoured),
 * or, where that cannot be written, a private folder under the system's temporary folder.
 */
export function cacheFolder(): string {
  if (folder) return folder;
  const wanted = path.join(wantedFolder(), 'agelens');
  folder = writable(wanted) ? wanted : privateTemporaryFolder('agelens-cache');
  return folder;
}

/** Writes a file so that another process sees either the old contents or the new, never a part. */
export function writeCacheFile(file: string, contents: string): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(temporary, contents);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

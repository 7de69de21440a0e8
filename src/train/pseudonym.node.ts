import { createHmac, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf, UserError } from '../util/errors.ts';

const SALT_BYTES = 32;

/** `agelens` in the user's configuration folder (`XDG_CONFIG_HOME` is honoured). */
export function configFolder(): string {
  const wanted = process.env.XDG_CONFIG_HOME;
  if (wanted && path.isAbsolute(wanted)) return path.join(wanted, 'agelens');
  if (process.platform === 'win32' && process.env.APPDATA) return path.join(process.env.APPDATA, 'agelens');
  return path.join(os.homedir(), '.config', 'agelens');
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Creates the salt under its name only when it is whole; of processes that start together the first one's is kept. */
function create(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, randomBytes(SALT_BYTES), { mode: 0o600 });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * The user's own secret, made at the first call: it keeps pseudonyms stable on this account, and without it nobody can
 * tell from a pseudonym whether an identifier was behind it.
 */
export function userSalt(): Buffer {
  const file = path.join(configFolder(), 'salt');
  try {
    if (!read(file)) create(file);
    const salt = read(file);
    if (salt?.length === SALT_BYTES) return salt;
  } catch (error) {
    throw new UserError(
      `${file}: the salt for pseudonyms cannot be read or made (${messageOf(error)}); set XDG_CONFIG_HOME to a folder of yours or use --keep-identifiers`,
    );
  }
  throw new UserError(
    `${file}: this is no salt of ${SALT_BYTES} bytes; remove it to have a new one made (pseudonyms change)`,
  );
}

/** HMAC-SHA256 under the salt, in hex. */
export function keyedHash(text: string, salt: Buffer): string {
  return createHmac('sha256', salt).update(text, 'utf8').digest('hex');
}

/** A subject's pseudonym: "S" and the first 12 hexadecimal digits of its hash. */
export function pseudonym(identifier: string, salt: Buffer): string {
  return `S${keyedHash(identifier, salt).slice(0, 12)}`;
}

/**
 * The layout since PyTorch 1.6: a zip archive of one folder.
 *
 *   archive/data.pkl   the saved object; storages by persistent id ("storage", type, key, device, elements)
 *   archive/data/KEY   a storage's bytes
 *   archive/byteorder  "little" or "big" (since 2.1; little where absent)
 *   archive/version    of the layout
 */
import { quote } from '../quote.ts';
import { RefusedError } from '../refusal.ts';
import type { Zip } from '../zip.ts';
import type { Checkpoint } from './checkpoint.ts';
import { PickleCursor } from './cursor.ts';
import { findGlobal } from './globals.ts';
import { findStorage, type StorageTable } from './storages.ts';
import { fillStorage, type Storage } from './tensors.ts';
import { unpickle } from './unpickler.ts';

const PICKLE = /^([^/]+)\/data\.pkl$/;

/** Whether an archive is a PyTorch file. */
export function holdsPyTorch({ entries }: Zip): boolean {
  return [...entries.keys()].some((name) => PICKLE.test(name));
}

/** @throws RefusedError for TorchScript programs and anything damaged */
export function readZipLayout({ entries, hasChecksums }: Zip, file: string): Checkpoint {
  const pickles = [...entries.keys()].filter((name) => PICKLE.test(name));
  const [pickle = ''] = pickles;
  const folder = pickle.slice(0, pickle.indexOf('/'));
  const refuse = (cause: string): never => {
    throw new RefusedError(file, cause);
  };
  if (pickles.length > 1) refuse(`it holds ${pickles.length} pickles: ${pickles.slice(0, 2).map(quote).join(' and ')}`);
  if (entries.has(`${folder}/constants.pkl`))
    refuse('a TorchScript program, not weights; save the state_dict() of the module that it was made from');
  const cursor = new PickleCursor(file, entries.get(pickle) as Uint8Array<ArrayBuffer>, pickle);
  const storages: StorageTable = new Map();
  const { value, foreign } = unpickle(cursor, {
    findGlobal,
    findPersistent: (id, at) => findStorage(storages, id, at),
  });
  if (!cursor.isAtEnd) cursor.refuse(`${cursor.bytes.length - cursor.position} bytes after the end of the pickle`);
  const bigEndian = isBigEndian(entries.get(`${folder}/byteorder`), refuse);
  for (const storage of storages.values()) fill(storage, entries, `${folder}/data/${storage.key}`, bigEndian);
  const notes = hasChecksums ? [] : ['its writer left out all checksums, so damage cannot be seen'];
  return { root: value, foreign, notes };
}

function isBigEndian(record: Uint8Array | undefined, refuse: (cause: string) => never): boolean {
  if (!record) return false;
  const order = new TextDecoder().decode(record).trim();
  return order === 'big' || (order === 'little' ? false : refuse(`its byte order is ${quote(order)}`));
}

function fill(storage: Storage, entries: Zip['entries'], name: string, bigEndian: boolean): void {
  const bytes = entries.get(name);
  const { cursor, byte } = storage.at;
  if (!bytes) return cursor.refuse(`storage ${quote(storage.key)} has no entry ${quote(name)}`, byte);
  fillStorage(storage, bytes, `entry ${quote(name)}`);
  storage.bigEndian = bigEndian;
}

/**
 * The layout before PyTorch 1.6: pickles one after another, then the storages.
 *
 *   magic number | protocol version | description of the machine | the saved object | list of storage keys
 *   for each key: 8 bytes: its elements | its bytes
 *
 * Numbers are little endian whatever machine wrote them.
 */
import { quote } from '../quote.ts';
import { type Checkpoint, unpickleFrame } from './checkpoint.ts';
import { PickleCursor } from './cursor.ts';
import { findGlobal } from './globals.ts';
import { findStorage, keyIn, type StorageTable, viewOf } from './storages.ts';
import { fillStorage, type Storage, StorageView } from './tensors.ts';
import { unpickle } from './unpickler.ts';
import { describe, PickleDict, PickleList, PickleTuple } from './values.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
const COUNT_BYTES = 8;

/** @throws RefusedError for a pickle that torch.save has not written, and anything damaged */
export function readStreamLayout(bytes: Uint8Array<ArrayBuffer>, file: string): Checkpoint {
  const cursor = new PickleCursor(file, bytes);
  if (unpickleFrame(cursor) !== MAGIC) cursor.refuse('a Python pickle, but none that torch.save has written', 0);
  const versionAt = cursor.position;
  const version = unpickleFrame(cursor);
  if (version !== VERSION) cursor.refuse(`protocol version ${describe(version)} instead of ${VERSION}`, versionAt);
  const machineAt = cursor.position;
  if (!(unpickleFrame(cursor) instanceof PickleDict)) cursor.refuse('no description of the machine', machineAt);
  const storages: StorageTable = new Map();
  const views: StorageView[] = [];
  const { value: root, foreign } = unpickle(cursor, {
    findGlobal,
    findPersistent: (id, at) => {
      // A whole module is kept with its source text: ("module", class, file, text).
      if (id instanceof PickleTuple && id.items[0] === 'module' && id.items.length > 1) return id.items[1] ?? null;
      const view = id instanceof PickleTuple ? id.items[5] : null;
      const storage = viewOf(findStorage(storages, id, at), view, at);
      if (storage instanceof StorageView) views.push(storage);
      return storage;
    },
  });
  readStorages(cursor, storages);
  for (const view of views) view.resolve();
  return { root, foreign, notes: [] };
}

function readStorages(cursor: PickleCursor, storages: StorageTable): void {
  const at = { cursor, byte: cursor.position };
  const keys = unpickleFrame(cursor);
  if (!(keys instanceof PickleList)) return cursor.refuse(`${describe(keys)} in place of the storages' keys`, at.byte);
  for (const key of keys.items) readStorage(cursor, storages.get(keyIn(key, at)), keyIn(key, at));
  for (const { bytes, key } of storages.values()) {
    if (!bytes) cursor.refuse(`storage ${quote(key)} is not among the file's ${keys.items.length}`, at.byte);
  }
  if (!cursor.isAtEnd) cursor.refuse(`${cursor.bytes.length - cursor.position} bytes after the last storage`);
}

function readStorage(cursor: PickleCursor, storage: Storage | undefined, key: string): void {
  const begin = cursor.position;
  if (!storage) return cursor.refuse(`storage ${quote(key)} belongs to no tensor`);
  if (storage.bytes) cursor.refuse(`storage ${quote(key)} is there twice`);
  const count = cursor.uint64();
  if (count !== storage.count)
    cursor.refuse(`storage ${quote(key)} has ${count} elements here, its tensors expect ${storage.count}`, begin);
  const left = cursor.bytes.length - begin - COUNT_BYTES;
  if (storage.byteLength > left)
    cursor.refuse(`truncated: storage ${quote(key)} takes ${storage.byteLength} bytes, ${left} are left`, begin);
  fillStorage(storage, cursor.take(storage.byteLength), cursor.locate(begin));
}

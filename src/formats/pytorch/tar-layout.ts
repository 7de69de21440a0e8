/**
 * The layout of PyTorch 0.1: a tar archive of four members.
 *
 *   storages  number of storages; for each: pickle (key, device, type), 8 bytes: its elements, its bytes;
 *             then a list of views (key, key of the storage, offset, elements)
 *   tensors   number of tensors; for each: pickle (key, key of its storage, type), 4 bytes: dimensions, 4 unused,
 *             sizes, strides and offset of 8 bytes each
 *   pickle    the saved object; tensors by persistent id (their key as text)
 *   sys_info  description of the machine that wrote it
 */
import { quote } from '../quote.ts';
import { RefusedError } from '../refusal.ts';
import { readTar } from '../tar.ts';
import { type Checkpoint, tupleItems, unpickleFrame } from './checkpoint.ts';
import { PickleCursor } from './cursor.ts';
import { findGlobal } from './globals.ts';
import { keyIn, type StorageTable, viewOf } from './storages.ts';
import {
  countIn,
  fillStorage,
  MOST_DIMENSIONS,
  MOST_TENSORS,
  makeTensor,
  Storage,
  StorageType,
  StorageView,
  type TensorView,
} from './tensors.ts';
import { unpickle } from './unpickler.ts';
import { describe, PickleList, PickleTuple, type PickleValue, type Position } from './values.ts';

/** @throws RefusedError for another tar archive and anything damaged */
export function readTarLayout(bytes: Uint8Array<ArrayBuffer>, file: string): Checkpoint {
  const members = readTar(bytes, file);
  const cursorOf = (name: string): PickleCursor => {
    const member = members.get(name);
    if (!member)
      throw new RefusedError(file, `a tar archive without ${quote(name)}, so none that torch.save has written`);
    return new PickleCursor(file, member, name);
  };
  const cursors = ['storages', 'tensors', 'pickle'].map(cursorOf) as [PickleCursor, PickleCursor, PickleCursor];
  const storages = readStorages(cursors[0]);
  const tensors = readTensors(cursors[1], storages);
  const { value: root, foreign } = unpickle(cursors[2], {
    findGlobal,
    findPersistent: (id, at) => findSaved(id, tensors, storages, at),
  });
  for (const cursor of cursors) {
    if (!cursor.isAtEnd) cursor.refuse(`${cursor.bytes.length - cursor.position} bytes after its end`);
  }
  return { root, foreign, notes: [] };
}

function readCount(cursor: PickleCursor, what: string): number {
  const at = { cursor, byte: cursor.position };
  const count = countIn(unpickleFrame(cursor), `the number of ${what}`, at);
  return count <= MOST_TENSORS ? count : cursor.refuse(`${count} ${what}; ${MOST_TENSORS} are read at most`, at.byte);
}

function readStorages(cursor: PickleCursor): StorageTable {
  const storages: StorageTable = new Map();
  const count = readCount(cursor, 'storages');
  for (let i = 0; i < count; i++) {
    const storage = readStorage(cursor);
    if (storages.has(storage.key)) cursor.refuse(`storage ${quote(storage.key)} is there twice`, storage.at.byte);
    storages.set(storage.key, storage);
  }
  const at = { cursor, byte: cursor.position };
  const views = unpickleFrame(cursor);
  if (!(views instanceof PickleList)) return cursor.refuse(`${describe(views)} in place of a list of views`, at.byte);
  for (const view of views.items) addView(storages, tupleItems(view, 4, cursor, at.byte), at);
  return storages;
}

function readStorage(cursor: PickleCursor): Storage {
  const at = { cursor, byte: cursor.position };
  const [key, , type] = tupleItems(unpickleFrame(cursor), 3, cursor, at.byte);
  if (!(type instanceof StorageType)) return cursor.refuse(`a storage of type ${describe(type ?? null)}`, at.byte);
  const storage = new Storage(keyIn(key, at), type, cursor.uint64(), at);
  fillStorage(storage, cursor.take(storage.byteLength), cursor.locate(at.byte));
  return storage;
}

function addView(storages: StorageTable, [key, root, offset, elements]: PickleValue[], at: Position): void {
  const storage = storages.get(keyIn(root, at));
  if (!storage) return at.cursor.refuse(`a view of storage ${quote(keyIn(root, at))}, which is not there`, at.byte);
  const view = viewOf(storage, new PickleTuple([key ?? null, offset ?? null, elements ?? null]), at);
  if (view instanceof StorageView) view.resolve();
  storages.set(view.key, view);
}

function readTensors(cursor: PickleCursor, storages: StorageTable): Map<string, TensorView> {
  const tensors = new Map<string, TensorView>();
  const count = readCount(cursor, 'tensors');
  for (let i = 0; i < count; i++) {
    const at = { cursor, byte: cursor.position };
    const [key, storageKey] = tupleItems(unpickleFrame(cursor), 3, cursor, at.byte);
    const storage = storages.get(keyIn(storageKey, at));
    if (!storage) return cursor.refuse(`storage ${quote(keyIn(storageKey, at))} is not there`, at.byte);
    tensors.set(keyIn(key, at), readTensor(cursor, storage, at));
  }
  return tensors;
}

function readTensor(cursor: PickleCursor, storage: Storage, at: Position): TensorView {
  const dimensions = cursor.uint32();
  if (dimensions > MOST_DIMENSIONS) cursor.refuse(`a tensor of ${dimensions} dimensions`, at.byte);
  cursor.take(4);
  const numbers = (): PickleTuple => new PickleTuple(readNumbers(cursor, dimensions));
  const [shape, strides] = [numbers(), numbers()];
  return makeTensor(storage, cursor.uint64(), shape, strides, at);
}

function readNumbers(cursor: PickleCursor, count: number): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) numbers.push(cursor.uint64());
  return numbers;
}

/** Ids are keys of tensors or storages as text, or (class, file, text) of a module that was saved whole. */
function findSaved(
  id: PickleValue,
  tensors: ReadonlyMap<string, TensorView>,
  storages: StorageTable,
  at: Position,
): PickleValue {
  if (id instanceof PickleTuple) return id.items[0] ?? null;
  const key = keyIn(id, at);
  return tensors.get(key) ?? storages.get(key) ?? at.cursor.refuse(`tensor ${quote(key)} is not there`, at.byte);
}

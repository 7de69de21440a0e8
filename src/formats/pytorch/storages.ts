/** Persistent ids of storages: ("storage", type, key, device, elements[, view]), in both layouts that have them. */
import { quote } from '../quote.ts';
import { countIn, refuseAt, Storage, StorageType, StorageView } from './tensors.ts';
import { describe, PickleTuple, type PickleValue, type Position } from './values.ts';

export type StorageTable = Map<string, Storage>;

const NO_BYTES = 'meta';

/**
 * The storage of an id: the one in `storages` with its key, or a new one that is put there.
 * @throws RefusedError for an id that is malformed or contradicts an earlier one
 */
export function findStorage(storages: StorageTable, id: PickleValue, at: Position): Storage {
  const items = id instanceof PickleTuple ? id.items : refuseAt(at, `a reference by ${describe(id)}`);
  const [kind, type, key, device, elements] = items;
  if (kind !== 'storage')
    refuseAt(at, `a reference to ${typeof kind === 'string' ? quote(kind) : describe(kind ?? null)}`);
  if (!(type instanceof StorageType)) return refuseAt(at, `a storage of type ${describe(type ?? null)}`);
  if (device === NO_BYTES) refuseAt(at, 'a tensor on the device "meta", which holds no values');
  const name = keyIn(key, at);
  const count = countIn(elements, 'the length of a storage', at);
  const known = storages.get(name);
  if (!known) {
    const storage = new Storage(name, type, count, at);
    storages.set(name, storage);
    return storage;
  }
  if (known.count !== count || known.type.dtype !== type.dtype)
    refuseAt(
      at,
      `storage ${quote(name)} is ${type.described} of ${count}, before it was ${known.type.described} of ${known.count}`,
    );
  return known;
}

/** Keys are text or numbers. */
export function keyIn(key: PickleValue | undefined, at: Position): string {
  if (typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint') return String(key);
  return refuseAt(at, `a storage is named by ${describe(key ?? null)}`);
}

/** A view (key, offset, elements) of a storage; the storage itself for None. */
export function viewOf(storage: Storage, view: PickleValue | undefined, at: Position): Storage {
  if (view === undefined || view === null) return storage;
  const [key, offset, elements] =
    view instanceof PickleTuple ? view.items : refuseAt(at, `a view described by ${describe(view)}`);
  return new StorageView(
    keyIn(key, at),
    storage,
    countIn(offset, 'the offset of a view', at),
    countIn(elements, 'the length of a view', at),
    at,
  );
}

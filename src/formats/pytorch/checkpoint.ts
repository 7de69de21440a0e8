/** What every layout of a PyTorch file comes down to. */
import type { PickleCursor } from './cursor.ts';
import { findGlobal } from './globals.ts';
import { unpickle } from './unpickler.ts';
import { describe, type ForeignGlobal, PickleTuple, type PickleValue } from './values.ts';

/** The saved object, its storages filled, nothing chosen yet. */
export interface Checkpoint {
  root: PickleValue;
  /** Names beyond the allow-list that the pickle holds. */
  foreign: ForeignGlobal[];
  notes: string[];
}

/** A pickle of numbers, text, storage types and containers beside the saved object: it names nothing else. */
export function unpickleFrame(cursor: PickleCursor): PickleValue {
  const { value, foreign } = unpickle(cursor, {
    findGlobal,
    findPersistent: (_, { byte }) => cursor.refuse('a reference to a storage where none can be', byte),
  });
  const [first] = foreign;
  return first ? cursor.refuse(`${first.name} where only numbers and text can be`, first.at.byte) : value;
}

/** The items of a tuple of known length. */
export function tupleItems(value: PickleValue, length: number, cursor: PickleCursor, byte: number): PickleValue[] {
  if (value instanceof PickleTuple && value.items.length === length) return [...value.items];
  return cursor.refuse(`${describe(value)} in place of a tuple of ${length}`, byte);
}

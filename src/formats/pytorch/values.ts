/**
 * What unpickling makes. Nothing here does anything when it is made, called or dropped: lists, dictionaries and tuples hold
 * values, and everything of a class that is not known by name stays closed.
 */
import type { PickleCursor } from './cursor.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleObject;

/** Also sets. */
export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
  /** What a subclass such as OrderedDict carries beside its entries (`_metadata` of a state dict). */
  attributes: PickleValue = null;
}

/** Anything made from a global name. */
export abstract class PickleObject {
  /** For messages: "a tensor", "torch.float32". */
  abstract readonly described: string;

  /** Values it holds, for walks. */
  parts(): readonly PickleValue[] {
    return [];
  }

  /** Takes the state of a BUILD operation; false when it has none. */
  setState(_state: PickleValue): boolean {
    return false;
  }
}

/** A function or class of the allow-list. */
export class Callable extends PickleObject {
  constructor(
    readonly described: string,
    /** Makes the value that stands for the call's result; refuses arguments that make no sense. */
    readonly call: (args: readonly PickleValue[], at: Position) => PickleValue,
  ) {
    super();
  }
}

/** Where a value was made, to refuse it there. */
export interface Position {
  cursor: PickleCursor;
  byte: number;
}

/** A global name that is on no allow-list. Never looked up, never called. */
export class ForeignGlobal extends PickleObject {
  constructor(
    readonly name: string,
    readonly at: Position,
  ) {
    super();
  }

  get described(): string {
    return `${this.name} (${this.at.cursor.locate(this.at.byte)})`;
  }
}

/** What a call of a foreign global would give: closed, with all that was put into it. */
export class ClosedObject extends PickleObject {
  readonly #parts: PickleValue[];

  constructor(
    readonly made: ForeignGlobal,
    ...parts: PickleValue[]
  ) {
    super();
    this.#parts = [made, ...parts];
  }

  get described(): string {
    return this.made.described;
  }

  override parts(): readonly PickleValue[] {
    return this.#parts;
  }

  override setState(state: PickleValue): boolean {
    this.add(state);
    return true;
  }

  add(part: PickleValue): void {
    this.#parts.push(part);
  }
}

export function partsOf(value: PickleValue): readonly PickleValue[] {
  if (value instanceof PickleList || value instanceof PickleTuple) return value.items;
  if (value instanceof PickleDict) return [...value.entries].flat().concat([value.attributes]);
  return value instanceof PickleObject ? value.parts() : [];
}

/** For messages: what a value is, without its contents. */
export function describe(value: PickleValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number';
  if (typeof value === 'string') return 'text';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof PickleList) return 'a list';
  if (value instanceof PickleTuple) return 'a tuple';
  return value instanceof PickleDict ? 'a dict' : value.described;
}

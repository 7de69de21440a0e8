/**
 * A machine for Python pickles that runs no code. Python's own calls any function that a pickle names; this one knows the
 * few names that state dicts need (globals.ts), makes plain values for them, and keeps every other name as a closed value.
 * It has no recursion, and what a pickle can make it allocate is bounded by the limits below.
 */
import { quote } from '../quote.ts';
import type { PickleCursor } from './cursor.ts';
import { OPERATIONS } from './operations.ts';
import {
  Callable,
  ClosedObject,
  describe,
  ForeignGlobal,
  PickleDict,
  PickleList,
  PickleObject,
  PickleTuple,
  type PickleValue,
  type Position,
} from './values.ts';

/** A state dict takes about 30 operations, 9 memo entries and 8 objects a tensor; with optimiser state, three times that. */
const MOST_OPERATIONS = 2_000_000;
const MOST_MEMO_ENTRIES = 500_000;
const MOST_OBJECTS = 500_000;

/** What a pickle may refer to outside itself. */
export interface Surroundings {
  /** The value of a global name of the allow-list; null for every other. May refuse a name outright. */
  findGlobal(name: string, at: Position): PickleObject | null;
  /** The value of a persistent id: a storage or tensor that lies outside the pickle. */
  findPersistent(id: PickleValue, at: Position): PickleValue;
}

export interface Unpickled {
  value: PickleValue;
  /** Every global name beyond the allow-list, in their order. */
  foreign: ForeignGlobal[];
}

/**
 * Reads one pickle, from the cursor's position to just after its end.
 * @throws RefusedError naming the byte, for anything malformed or over the limits
 */
export function unpickle(cursor: PickleCursor, surroundings: Surroundings): Unpickled {
  const machine = new Unpickler(cursor, surroundings);
  return { value: machine.run(), foreign: machine.foreign };
}

/** The stack, the memo and the actions that operations are made of. */
export class Unpickler {
  readonly foreign: ForeignGlobal[] = [];
  readonly cursor: PickleCursor;
  readonly #surroundings: Surroundings;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at which MARK operations stand. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #objects = 0;
  /** Of the operation at hand. */
  #byte = 0;

  constructor(cursor: PickleCursor, surroundings: Surroundings) {
    this.cursor = cursor;
    this.#surroundings = surroundings;
  }

  run(): PickleValue {
    for (let count = 0; count < MOST_OPERATIONS; count++) {
      this.#byte = this.cursor.position;
      const code = this.cursor.uint8();
      const operation = OPERATIONS[code];
      if (operation === 'stop') return this.#stop();
      if (!operation) this.refuse(`0x${code.toString(16).padStart(2, '0')} is no operation of a pickle`);
      operation(this);
    }
    return this.refuse(`more than ${MOST_OPERATIONS} operations`);
  }

  refuse(cause: string): never {
    return this.cursor.refuse(cause, this.#byte);
  }

  get at(): Position {
    return { cursor: this.cursor, byte: this.#byte };
  }

  #stop(): PickleValue {
    const value = this.pop();
    const left = this.#stack.length + this.#marks.length;
    return left === 0 ? value : this.refuse(`the pickle ends with ${left} values on its stack that belong to nothing`);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  /** Pushes a value that takes memory of its own, of which there is a limit. */
  pushObject(value: PickleValue): void {
    if (++this.#objects > MOST_OBJECTS) this.refuse(`more than ${MOST_OBJECTS} lists, tuples and other objects`);
    this.#stack.push(value);
  }

  pop(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.refuse('a value is taken from an empty stack');
    return this.#stack.pop() as PickleValue;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Takes the values above the last mark, and the mark. */
  popToMark(): PickleValue[] {
    const begin = this.#marks.pop();
    return begin === undefined ? this.refuse('there is no mark on the stack') : this.#stack.splice(begin);
  }

  popMarkOrValue(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  popTuple(length: number): void {
    const items: PickleValue[] = [];
    for (let i = 0; i < length; i++) items.push(this.pop());
    this.pushObject(new PickleTuple(items.reverse()));
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
    if (this.#memo.size > MOST_MEMO_ENTRIES) this.refuse(`more than ${MOST_MEMO_ENTRIES} memo entries`);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    this.push(value === undefined ? this.refuse(`memo entry ${index} does not exist`) : value);
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      return this.refuse(`a global is named by ${describe(module)} and ${describe(name)}`);
    const full = `${module}.${name}`;
    const known = this.#surroundings.findGlobal(full, this.at);
    if (known) return this.pushObject(known);
    const global = new ForeignGlobal(full, this.at);
    this.foreign.push(global);
    this.pushObject(global);
  }

  pushPersistent(id: PickleValue): void {
    this.push(this.#surroundings.findPersistent(id, this.at));
  }

  /** Stands for `callable(*args, **keywords)`. */
  call(callable: PickleValue, args: PickleValue, keywords: PickleValue = null): void {
    if (callable instanceof ForeignGlobal) return this.pushObject(new ClosedObject(callable, args, keywords));
    if (callable instanceof ClosedObject)
      return this.pushObject(new ClosedObject(callable.made, callable, args, keywords));
    if (!(callable instanceof Callable)) return this.refuse(`${describe(callable)} is called, which is no function`);
    if (!(args instanceof PickleTuple) || (keywords instanceof PickleDict && keywords.entries.size > 0))
      return this.refuse(`${callable.described} is called with ${describe(args)} and keywords`);
    this.pushObject(callable.call(args.items, this.at));
  }

  /** Stands for setting the state of the value on top. */
  build(): void {
    const state = this.pop();
    const value = this.top();
    if (value instanceof PickleDict) value.attributes = state;
    else if (!(value instanceof PickleObject) || !value.setState(state))
      this.refuse(`${describe(value)} is given a state`);
  }

  /** Adds `items` to the list or set below them. */
  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (list instanceof PickleList) for (const item of items) list.items.push(item);
    else if (list instanceof ClosedObject) for (const item of items) list.add(item);
    else this.refuse(`values are added to ${describe(list)}, which is no list`);
  }

  /** Adds keys and values, in turn, to the dictionary below them. */
  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (dict instanceof ClosedObject) return this.append(items);
    if (!(dict instanceof PickleDict)) return this.refuse(`${describe(dict)} is given entries, which is no dict`);
    if (items.length % 2 !== 0) this.refuse(`${items.length} values are no pairs of keys and values`);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i] as PickleValue;
      if (key instanceof PickleList || key instanceof PickleDict)
        this.refuse(`${describe(key)} is the key of an entry`);
      if (typeof key === 'string' && dict.entries.has(key)) this.refuse(`a dict has the key ${quote(key)} twice`);
      dict.entries.set(key, items[i + 1] as PickleValue);
    }
  }
}

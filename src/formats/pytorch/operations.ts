/**
 * The operations of pickle protocols 0 to 5, by their byte. One that reaches outside the file (registered extensions,
 * out-of-band buffers) is none of these.
 */
import type { Unpickler } from './unpickler.ts';
import { describe, PickleDict, PickleList, PickleTuple, type PickleValue } from './values.ts';

type Operation = (machine: Unpickler) => void;

const NEWEST_PROTOCOL = 5;
/** 256 bits; numbers in checkpoints have 128 at most (states of random generators). */
const MOST_INTEGER_BYTES = 32;
const MOST_INTEGER_DIGITS = 78;

/** Two's complement, little endian. */
function integer(machine: Unpickler, length: number): number | bigint {
  if (length > MOST_INTEGER_BYTES) machine.refuse(`an integer of ${length} bytes`);
  const bytes = machine.cursor.take(length);
  if (length === 0) return 0;
  const hex = Array.from(bytes.toReversed(), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return narrow(BigInt.asIntN(8 * length, BigInt(`0x${hex}`)));
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function integerLine(machine: Unpickler): number | bigint {
  const text = machine.cursor.line().replace(/L$/, '');
  if (!/^[+-]?\d+$/.test(text) || text.length > MOST_INTEGER_DIGITS) machine.refuse('a line that is no integer');
  return narrow(BigInt(text.replace(/^\+/, '')));
}

function floatLine(machine: Unpickler): number {
  const text = machine.cursor.line();
  if (!/^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|inf|nan)$/.test(text)) machine.refuse('a line that is no number');
  return Number(text.replace('inf', 'Infinity'));
}

function indexLine(machine: Unpickler): number {
  const index = integerLine(machine);
  return typeof index === 'number' && index >= 0 ? index : machine.refuse(`memo entry ${index} does not exist`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Text between quotes with backslash escapes, as Python writes it. */
function quotedLine(machine: Unpickler): string {
  const text = machine.cursor.line();
  const [, , inside] = /^(['"])(.*)\1$/s.exec(text) ?? machine.refuse('a line that is no quoted text');
  return (inside ?? '').replace(/\\(?:x([0-9a-f]{2})|(.))/gs, (_, code?: string, letter?: string) =>
    code ? String.fromCharCode(Number.parseInt(code, 16)) : (ESCAPES[letter ?? ''] ?? letter ?? ''),
  );
}

function unicodeLine(machine: Unpickler): string {
  const text = machine.cursor.line();
  return text.replace(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const REPLACED = '\ufffd';

/** Python 2's text is bytes: UTF-8 in checkpoints, but for raw numbers, which stay bytes. */
function pushByteText(machine: Unpickler, length: number): void {
  const bytes = machine.cursor.take(length);
  const text = lenient.decode(bytes);
  if (text.includes(REPLACED)) machine.pushObject(bytes);
  else machine.push(text);
}

function protocol(machine: Unpickler): void {
  const version = machine.cursor.uint8();
  if (version > NEWEST_PROTOCOL) machine.refuse(`pickle protocol ${version}; ${NEWEST_PROTOCOL} is the newest known`);
}

function frame(machine: Unpickler): void {
  const length = machine.cursor.uint64();
  const left = machine.cursor.bytes.length - machine.cursor.position;
  if (length > left) machine.refuse(`truncated: a frame of ${length} bytes, ${left} are left`);
}

function integerOrTruth(machine: Unpickler): PickleValue {
  const { cursor } = machine;
  const begin = cursor.position;
  const line = cursor.line();
  if (line === '00' || line === '01') return line === '01';
  cursor.position = begin;
  return integerLine(machine);
}

function listOf(items: PickleValue[]): PickleList {
  const list = new PickleList();
  for (const item of items) list.items.push(item);
  return list;
}

/** The class and its arguments lie above the mark, or the class is named in the operation. */
function callAboveMark(machine: Unpickler): void {
  const [callable, ...args] = machine.popToMark();
  if (callable === undefined) return machine.refuse('an object without its class');
  machine.call(callable, new PickleTuple(args));
}

function callNamed(machine: Unpickler): void {
  const [module, name] = [machine.cursor.line(), machine.cursor.line()];
  const args = machine.popToMark();
  machine.pushGlobal(module, name);
  machine.call(machine.pop(), new PickleTuple(args));
}

function callWith(machine: Unpickler): void {
  const args = machine.pop();
  machine.call(machine.pop(), args);
}

function callWithKeywords(machine: Unpickler): void {
  const keywords = machine.pop();
  const args = machine.pop();
  if (!(keywords instanceof PickleDict)) machine.refuse(`${describe(keywords)} in place of keywords`);
  machine.call(machine.pop(), args, keywords);
}

function setItem(machine: Unpickler): void {
  const value = machine.pop();
  machine.setItems([machine.pop(), value]);
}

function dictAboveMark(machine: Unpickler): void {
  const items = machine.popToMark();
  machine.pushObject(new PickleDict());
  machine.setItems(items);
}

function globalOnStack(machine: Unpickler): void {
  const name = machine.pop();
  machine.pushGlobal(machine.pop(), name);
}

const push =
  (value: (machine: Unpickler) => PickleValue): Operation =>
  (machine) =>
    machine.push(value(machine));

const byLetter: Readonly<Record<string, Operation | 'stop'>> = {
  '.': 'stop',
  '(': (m) => m.mark(),
  '0': (m) => m.popMarkOrValue(),
  '1': (m) => void m.popToMark(),
  '2': (m) => m.push(m.top()),
  F: push(floatLine),
  G: push((m) => m.cursor.float64()),
  I: push(integerOrTruth),
  J: push((m) => m.cursor.int32()),
  K: push((m) => m.cursor.uint8()),
  L: push(integerLine),
  M: push((m) => m.cursor.uint16()),
  N: push(() => null),
  P: (m) => m.pushPersistent(m.cursor.line()),
  Q: (m) => m.pushPersistent(m.pop()),
  R: callWith,
  S: push(quotedLine),
  T: (m) => pushByteText(m, m.cursor.uint32()),
  U: (m) => pushByteText(m, m.cursor.uint8()),
  V: push(unicodeLine),
  X: push((m) => m.cursor.text(m.cursor.uint32())),
  B: (m) => m.pushObject(m.cursor.take(m.cursor.uint32())),
  C: (m) => m.pushObject(m.cursor.take(m.cursor.uint8())),
  a: (m) => m.append([m.pop()]),
  b: (m) => m.build(),
  c: (m) => m.pushGlobal(m.cursor.line(), m.cursor.line()),
  d: dictAboveMark,
  '}': (m) => m.pushObject(new PickleDict()),
  e: (m) => m.append(m.popToMark()),
  g: (m) => m.recall(indexLine(m)),
  h: (m) => m.recall(m.cursor.uint8()),
  i: callNamed,
  j: (m) => m.recall(m.cursor.uint32()),
  l: (m) => m.pushObject(listOf(m.popToMark())),
  ']': (m) => m.pushObject(new PickleList()),
  o: callAboveMark,
  p: (m) => m.remember(indexLine(m)),
  q: (m) => m.remember(m.cursor.uint8()),
  r: (m) => m.remember(m.cursor.uint32()),
  s: setItem,
  t: (m) => m.pushObject(new PickleTuple(m.popToMark())),
  ')': (m) => m.popTuple(0),
  u: (m) => m.setItems(m.popToMark()),
};

/** Of protocol 2 and later. */
const byCode: Readonly<Record<number, Operation>> = {
  0x80: protocol,
  0x81: callWith,
  0x85: (m) => m.popTuple(1),
  0x86: (m) => m.popTuple(2),
  0x87: (m) => m.popTuple(3),
  0x88: push(() => true),
  0x89: push(() => false),
  0x8a: push((m) => integer(m, m.cursor.uint8())),
  0x8b: push((m) => integer(m, m.cursor.uint32())),
  0x8c: push((m) => m.cursor.text(m.cursor.uint8())),
  0x8d: push((m) => m.cursor.text(m.cursor.uint64())),
  0x8e: (m) => m.pushObject(m.cursor.take(m.cursor.uint64())),
  0x8f: (m) => m.pushObject(new PickleList()),
  0x90: (m) => m.append(m.popToMark()),
  0x91: (m) => m.pushObject(listOf(m.popToMark())),
  0x92: callWithKeywords,
  0x93: globalOnStack,
  0x94: (m) => m.remember(),
  0x95: frame,
  0x96: (m) => m.pushObject(m.cursor.take(m.cursor.uint64())),
};

export const OPERATIONS: readonly (Operation | 'stop' | undefined)[] = Array.from(
  { length: 256 },
  (_, code) => byLetter[String.fromCharCode(code)] ?? byCode[code],
);

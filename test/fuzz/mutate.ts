import { concatenate } from '../../src/util/bytes.ts';
import type { RandomStream } from '../../src/util/random.ts';

/** Values at which readers of sizes, counts and offsets go wrong. */
const EXTREMES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];
const MOST_CHANGES = 4;

/** A damaged copy: one to four changes of bits, bytes, numbers or pieces. */
export function mutate(bytes: Uint8Array<ArrayBuffer>, random: RandomStream): Uint8Array<ArrayBuffer> {
  let result = bytes.slice();
  const below = (n: number) => random.integer(n);
  const changes = 1 + below(MOST_CHANGES);
  for (let i = 0; i < changes; i++) result = CHANGES[below(CHANGES.length)]?.(result, below) ?? result;
  return result;
}

type Below = (n: number) => number;
type Change = (bytes: Uint8Array<ArrayBuffer>, below: Below) => Uint8Array<ArrayBuffer>;

/** Most of what decides stands at the start of a file. */
const place = (bytes: Uint8Array, below: Below): number =>
  below(below(2) === 0 ? Math.min(512, bytes.length) : bytes.length);

const CHANGES: readonly Change[] = [
  function flipBit(bytes, below) {
    const at = place(bytes, below);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    return bytes;
  },
  function setByte(bytes, below) {
    bytes[place(bytes, below)] = below(256);
    return bytes;
  },
  function setNumber(bytes, below) {
    const width = [1, 2, 4][below(3)] ?? 4;
    const at = place(bytes, below);
    const value = EXTREMES[below(EXTREMES.length)] ?? 0;
    const [view, little] = [new DataView(bytes.buffer), below(4) > 0];
    if (at + width > bytes.length) return bytes;
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value, little);
    else view.setUint32(at, value, little);
    return bytes;
  },
  function truncate(bytes, below) {
    return bytes.slice(0, below(bytes.length + 1));
  },
  function remove(bytes, below) {
    const start = place(bytes, below);
    const end = Math.min(bytes.length, start + 1 + below(64));
    return concatenate([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  function repeat(bytes, below) {
    const start = place(bytes, below);
    const piece = bytes.subarray(start, start + 1 + below(64));
    return concatenate([bytes.subarray(0, start), piece, piece, bytes.subarray(start + piece.length)]);
  },
  function insert(bytes, below) {
    const at = place(bytes, below);
    const piece = Uint8Array.from({ length: 1 + below(16) }, () => below(256));
    return concatenate([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  },
  function exchange(bytes, below) {
    const length = 1 + below(32);
    const [a, b] = [place(bytes, below), place(bytes, below)];
    const piece = bytes.slice(a, a + length);
    bytes.copyWithin(a, b, b + piece.length);
    bytes.set(piece.subarray(0, Math.max(0, bytes.length - b)), b);
    return bytes;
  },
];

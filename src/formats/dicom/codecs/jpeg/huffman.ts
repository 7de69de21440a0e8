/**
 * Huffman tables (ITU-T T.81, annex C): codes of 1 to 16 bits, counted up within each length.
 */
import type { BitReader } from './bits.ts';

/** What the next 16 bits begin with: code length · 256 + symbol, 0 where they begin with no code. */
export type HuffmanTable = Uint16Array;

/**
 * @param counts of the codes of 1, 2, … 16 bits
 * @throws RangeError when there are more codes than the lengths have room for
 */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(1 << 16);
  let next = 0; // as a number of 16 bits, the code being followed by zeros
  let used = 0;
  counts.forEach((count, i) => {
    const length = i + 1;
    for (let k = 0; k < count; k++) {
      const end = next + (1 << (16 - length));
      if (end > table.length) throw new RangeError(`a Huffman table has no room for its codes of ${length} bits`);
      table.fill((length << 8) | (symbols[used++] ?? 0), next, end);
      next = end;
    }
  });
  return table;
}

/** The next symbol. @throws RangeError where no code begins, or behind the end */
export function readSymbol(bits: BitReader, table: HuffmanTable): number {
  const entry = table[bits.peek()] ?? 0;
  if (entry === 0) throw new RangeError('a bit pattern that is no Huffman code');
  bits.skip(entry >>> 8);
  return entry & 0xff;
}

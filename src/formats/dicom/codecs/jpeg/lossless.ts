/**
 * JPEG Lossless (process 14, ITU-T T.81 annex H): every sample is predicted from its neighbours, and the difference is
 * coded with a Huffman table.
 *
 *     c b        predictors 1 … 7:  a   b   c   a+b−c   a+(b−c)/2   b+(a−c)/2   (a+b)/2
 *     a x
 */
import { BitReader } from './bits.ts';
import { type HuffmanTable, readSymbol } from './huffman.ts';
import type { JpegFrame, JpegScan } from './markers.ts';

const PREDICTORS: readonly ((a: number, b: number, c: number) => number)[] = [
  () => 0,
  (a) => a,
  (_a, b) => b,
  (_a, _b, c) => c,
  (a, b, c) => a + b - c,
  (a, b, c) => a + ((b - c) >> 1),
  (a, b, c) => b + ((a - c) >> 1),
  (a, b) => (a + b) >> 1,
];

/** The samples of the frame's only scan. @throws RangeError when data or parameters are damaged */
export function decodeLossless(
  bytes: Uint8Array,
  { rows, columns, precision }: JpegFrame,
  { start, dc, restartInterval, first, low }: JpegScan,
): Uint16Array<ArrayBuffer> {
  const predict = PREDICTORS[first];
  if (!dc || !predict || first === 0 || low >= precision)
    throw new RangeError(`predictor ${first}, point transform ${low}${dc ? '' : ', no Huffman table'}`);
  if (restartInterval % columns !== 0)
    throw new RangeError(`restart interval ${restartInterval} is no multiple of ${columns} columns`);
  const bits = new BitReader(bytes, start);
  const samples = new Uint16Array(rows * columns);
  const initial = 1 << (precision - low - 1);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    const restarted = row > 0 && (at % restartInterval || 0) === 0 && restartInterval > 0;
    if (restarted) bits.restart();
    const isFirst = row === 0 || restarted;
    samples[at] = (isFirst ? initial : (samples[at - columns] ?? 0)) + readDifference(bits, dc);
    for (let i = at + 1; i < at + columns; i++) {
      const a = samples[i - 1] ?? 0;
      const prediction = isFirst ? a : predict(a, samples[i - columns] ?? 0, samples[i - columns - 1] ?? 0);
      samples[i] = prediction + readDifference(bits, dc);
    }
  }
  return low === 0 ? samples : samples.map((sample) => sample << low);
}

/** Differences count modulo 2¹⁶; 2¹⁵ has a code without further bits. */
function readDifference(bits: BitReader, table: HuffmanTable): number {
  const size = readSymbol(bits, table);
  if (size > 16) throw new RangeError(`a difference of ${size} bits`);
  return size === 16 ? 32768 : bits.readSigned(size);
}

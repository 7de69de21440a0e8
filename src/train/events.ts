/**
 * TensorBoard event files: records of (length, its checksum, Event protobuf, its checksum), as TensorFlow's TFRecord.
 *
 *   Event    1: wall_time double, seconds since 1970   2: step varint   3: file_version string   5: Summary
 *   Summary  1: Value (repeated)
 *   Value    1: tag string   2: simple_value float
 */
import { concatenate } from '../util/bytes.ts';

/** Castagnoli's polynomial, reversed. */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});
const MASK_DELTA = 0xa282ead8;

/** CRC-32C, turned and shifted as TFRecord wants it. */
function maskedCrc(bytes: Uint8Array): number {
  let state = 0xffffffff;
  for (const byte of bytes) state = (state >>> 8) ^ (TABLE[(state ^ byte) & 0xff] as number);
  const crc = ~state >>> 0;
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

function littleEndian(bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  write(view);
  return new Uint8Array(view.buffer);
}

const word = (value: number): Uint8Array => littleEndian(4, (view) => view.setUint32(0, value, true));

function record(data: Uint8Array): Uint8Array {
  const length = littleEndian(8, (view) => view.setBigUint64(0, BigInt(data.length), true));
  return concatenate([length, word(maskedCrc(length)), data, word(maskedCrc(data))]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

const double = (field: number, value: number): Uint8Array =>
  concatenate([Uint8Array.of((field << 3) | 1), littleEndian(8, (view) => view.setFloat64(0, value, true))]);
const float = (field: number, value: number): Uint8Array =>
  concatenate([Uint8Array.of((field << 3) | 5), littleEndian(4, (view) => view.setFloat32(0, value, true))]);
const integer = (field: number, value: number): Uint8Array => concatenate([Uint8Array.of(field << 3), varint(value)]);
const bytes = (field: number, value: Uint8Array): Uint8Array =>
  concatenate([Uint8Array.of((field << 3) | 2), varint(value.length), value]);
const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value));

/** What an event file begins with. @param time in seconds since 1970 */
export function firstEvent(time: number): Uint8Array {
  return record(concatenate([double(1, time), text(3, 'brain.Event:2')]));
}

/** Numbers by name at a step. @param time in seconds since 1970 */
export function scalarEvent(time: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) => bytes(1, concatenate([text(1, tag), float(2, value)])));
  return record(concatenate([double(1, time), integer(2, step), bytes(5, concatenate(values))]));
}

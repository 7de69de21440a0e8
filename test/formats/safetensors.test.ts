import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readSafetensors, type TensorToStore, writeSafetensors } from '../../src/formats/safetensors.ts';
import { readFixture } from '../support/fixture.ts';

const test = suite('formats/safetensors');

/** A file from a header as text and bytes of data. */
function makeFile(header: string, data: Uint8Array = new Uint8Array(0), length?: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const TENSORS: Record<string, TensorToStore> = {
  weight: { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 1e-40, Number.POSITIVE_INFINITY, 6) },
  '1': { shape: [3], data: Uint8Array.of(1, 2, 3) },
  scalar: { shape: [], data: Float64Array.of(0.1) },
  empty: { shape: [0, 4], data: new Float32Array(0) },
  steps: { shape: [2], data: BigInt64Array.of(7n, -9n) },
  half: { shape: [4], data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00), dtype: 'F16' },
  brain: { shape: [2], data: Uint16Array.of(0x3f80, 0xc049), dtype: 'BF16' },
  mask: { shape: [2], data: Uint8Array.of(0, 1), dtype: 'BOOL' },
  short: { shape: [1], data: Int16Array.of(-300) },
};

test('tensors and metadata come back as they were written', () => {
  const { tensors, metadata } = readSafetensors(writeSafetensors(TENSORS, { op: 'relu', 'ä"': '{}' }), 't');
  assert.equal(metadata, { op: 'relu', 'ä"': '{}' });
  assert.equal([...tensors.keys()].sort(), Object.keys(TENSORS).sort());
  assert.equal([...tensors.values()].map(({ shape }) => shape).length, 9);
  const floats = (name: string) => [...(tensors.get(name)?.toFloat32() ?? [])];
  assert.equal(floats('weight'), [...Float32Array.of(1, -2, 3.5, 1e-40, Number.POSITIVE_INFINITY, 6)]);
  assert.equal(floats('scalar'), [Math.fround(0.1)]);
  assert.equal(floats('empty'), []);
  assert.equal(floats('half'), [1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
  assert.equal(floats('brain'), [1, -3.140625]);
  assert.equal(floats('1'), [1, 2, 3]);
  assert.equal(floats('steps'), [7, -9]);
  assert.equal([...(tensors.get('steps')?.toInt32() ?? [])], [7, -9]);
  assert.equal([...(tensors.get('mask')?.toInt32() ?? [])], [0, 1]);
  assert.equal([...(tensors.get('short')?.toInt32() ?? [])], [-300]);
  assert.equal(tensors.get('empty')?.shape, [0, 4]);
  assert.equal(tensors.get('scalar')?.shape, []);
});

test('every tensor is aligned to its type, so that float32 is read without a copy', () => {
  const bytes = writeSafetensors(TENSORS);
  const { tensors } = readSafetensors(bytes, 't');
  for (const tensor of tensors.values()) {
    const width = tensor.size > 0 ? tensor.bytes.length / tensor.size : 1;
    assert.is(tensor.bytes.byteOffset % width, 0, tensor.name);
  }
  assert.is(tensors.get('weight')?.toFloat32().buffer, bytes.buffer);
});

test('tensors that lie askew in a file are read all the same', () => {
  const data = new Uint8Array(13);
  data.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 5);
  const file = makeFile(JSON.stringify({ a: entry('U8', [5], 0, 5), b: entry('F32', [2], 5, 13) }), data);
  assert.equal([...(readSafetensors(file, 't').tensors.get('b')?.toFloat32() ?? [])], [1.5, -2]);
});

test('the same tensors give the same bytes, whatever order they come in', () => {
  const reversed = Object.fromEntries(Object.entries(TENSORS).reverse());
  assert.equal(writeSafetensors(TENSORS, { a: '1', b: '2' }), writeSafetensors(reversed, { b: '2', a: '1' }));
  assert.equal(writeSafetensors(new Map(Object.entries(TENSORS))), writeSafetensors(TENSORS));
});

test('16-bit floats are read exactly', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const file = writeSafetensors({ half: { shape: [65536], data: bits, dtype: 'F16' } });
  const values = readSafetensors(file, 't').tensors.get('half')?.toFloat32() ?? new Float32Array(0);
  // 0x3555 = 0.333251953125, the largest number 65504, the least normal one 2⁻¹⁴ (IEEE 754).
  assert.equal(
    [0x3555, 0x7bff, 0x0400, 0x8400, 0xfc00].map((i) => values[i]),
    [0.333251953125, 65504, 2 ** -14, -(2 ** -14), Number.NEGATIVE_INFINITY],
  );
  assert.ok(Object.is(values[0x8000], -0));
  assert.ok(Number.isNaN(values[0x7c01]));
  for (let i = 1; i < 0x7c00; i++) assert.ok((values[i] ?? 0) > (values[i - 1] ?? 0));
});

test('the writer refuses data that do not fit the shape', () => {
  assert.throws(
    () => writeSafetensors({ a: { shape: [2], data: new Float32Array(3) } }),
    /3 values of 4 bytes for F32 of shape \[2\]/,
  );
  assert.throws(
    () => writeSafetensors({ a: { shape: [2], data: new Float32Array(2), dtype: 'F16' } }),
    /2 values of 4 bytes for F16/,
  );
});

test('a truncated file is never taken for a whole one', () => {
  const whole = writeSafetensors(TENSORS, { op: 'relu' });
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => readSafetensors(whole.slice(0, length), 't'),
      (error: Error) => /^t: [^\n]+$/.test(error.message),
      `cut at byte ${length}`,
    );
  }
});

test('headers that lie are refused with the numbers', () => {
  const cause =
    (header: unknown, data = 0, length?: number) =>
    () =>
      readSafetensors(
        makeFile(typeof header === 'string' ? header : JSON.stringify(header), new Uint8Array(data), length),
        't',
      );
  assert.throws(cause('{}', 0, 100_000_001), /its header would be 100000001 bytes long/);
  assert.throws(cause('{}', 0, 3), /truncated: a header of 3 bytes in a file of 10/);
  assert.throws(cause('[]'), /not a JSON object/);
  assert.throws(cause('{"a":'), /not JSON/);
  assert.throws(cause('{"a":1}'), /tensor "a": its entry is not a JSON object/);
  assert.throws(cause({ a: entry('F4', [1], 0, 4) }, 4), /data type "F4" is not known/);
  assert.throws(cause({ a: entry('toString', [1], 0, 4) }, 4), /data type "toString" is not known/);
  assert.throws(cause({ a: entry('F32', [-1], 0, 4) }, 4), /impossible shape \[-1\]/);
  assert.throws(cause({ a: entry('F32', [2], 0, 4) }, 4), /F32 of shape \[2\] needs 8 bytes, its data_offsets give 4/);
  assert.throws(cause({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4), /needs 4\.8357\d*e\+24 bytes/);
  assert.throws(cause({ a: entry('F32', [1], 4, 0) }, 4), /needs 4 bytes, its data_offsets give -4/);
  assert.throws(cause({ a: entry('F32', [1], 0, 4) }, 3), /truncated: it ends at byte 4 of 3 bytes of data/);
  assert.throws(
    cause({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 3, 7) }, 7),
    /"b" begins at byte 3, inside the one before it/,
  );
  assert.throws(
    cause({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 5, 9) }, 9),
    /bytes 4 to 5 before tensor "b" belong to no tensor/,
  );
  assert.throws(cause({ a: entry('U8', [4], 0, 4) }, 6), /the tensors end at byte 4 of 6/);
  assert.throws(cause({ __metadata__: { a: 1 } }), /__metadata__ "a" is not text/);
  assert.throws(cause({ a: { ...entry('U8', [1], 0, 1), extra: 1 } }, 1), /unknown entry "extra"/);
  const twice = JSON.stringify({ b: entry('U8', [1], 0, 1) }).slice(0, -1);
  assert.throws(cause(`${twice},"\\u0062":${JSON.stringify(entry('U8', [1], 0, 1))}}`, 1), /names "b" twice/);
});

test('integers are asked for only where there are some', () => {
  const { tensors } = readSafetensors(
    writeSafetensors({
      a: { shape: [1], data: Float32Array.of(1) },
      b: { shape: [1], data: BigInt64Array.of(2n ** 40n) },
    }),
    't',
  );
  assert.throws(() => tensors.get('a')?.toInt32(), /tensor "a" is F32, integers are needed/);
  assert.throws(() => tensors.get('b')?.toInt32(), /holds 1099511627776, which is no 32-bit integer/);
});

test('files of other writers are read', async () => {
  const bytes = Uint8Array.from(await readFixture('reference/cases/relu-long.safetensors'));
  const { tensors, metadata } = readSafetensors(bytes, 'relu');
  assert.is(metadata.op, 'relu');
  const [x, y] = [tensors.get('in.x')?.toFloat32() ?? [], tensors.get('out.y')?.toFloat32() ?? []];
  assert.ok(x.length > 0);
  assert.equal(
    [...x].map((value) => Math.max(0, value)),
    [...y],
  );
});

test.run();

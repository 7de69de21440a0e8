import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writeNpy, writeNpz } from '../../src/formats/npz.ts';
import { readWeights } from '../../src/formats/weights.ts';
import { bytesOf, makeZip, uint16, uint32 } from './make-weights.ts';

const test = suite('formats/npz');
type Bytes = Uint8Array<ArrayBuffer>;

const NUMBERS = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

function npy(header: string, data: Uint8Array = NUMBERS, version = 1): Bytes {
  const length = version === 1 ? uint16(header.length) : uint32(header.length);
  return bytesOf('\x93NUMPY', version, 0, length, header, data);
}

const values = (file: Bytes, name = 'w') => [...(readWeights(file, 'w.npy').tensors.get(name)?.data ?? [])];
const refused = (header: string, data?: Uint8Array) => () => readWeights(npy(header, data), 'w.npy');

test('headers as different writers put them', () => {
  const all = [1, 2, 3, 4, 5, 6];
  assert.equal(values(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n")), all);
  assert.equal(values(npy("{'shape':(2L,3L),'fortran_order':False,'descr':'<f4'}")), all);
  assert.equal(values(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", NUMBERS, 2)), all);
  assert.equal(
    values(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", NUMBERS, 3)),
    [1, 4, 2, 5, 3, 6],
  );
  assert.equal(values(npy("{'descr': '|i1', 'fortran_order': False, 'shape': (), }", bytesOf(0xff))), [-1]);
  assert.equal(
    values(npy("{'descr': '>u2', 'fortran_order': True, 'shape': (1, 2), }", bytesOf(1, 2, 0, 3))),
    [258, 3],
  );
});

test('arrays that lie or hold something else are refused', () => {
  const header = (descr: string, shape: string) =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  assert.throws(refused(header('|O', '6,')), /^w\.npy: array "w": data type "\|O" is not read$/);
  assert.throws(refused(header('<c8', '3,')), /data type "<c8" is not read/);
  assert.throws(refused(header('<f4', '7,')), /24 bytes of data instead of 28 for <f4 of shape \[7\]/);
  assert.throws(refused(header('<f4', '5,')), /24 bytes of data instead of 20/);
  assert.throws(refused(header('<f4', '99999999999999999999,')), /impossible shape/);
  assert.throws(
    refused(header('<f4', '4294967296, 4294967296, 4294967296')),
    /24 bytes of data instead of 3\.1\d+e\+29/,
  );
  assert.throws(refused(header('<f4', '-6,')), /no readable shape/);
  assert.throws(refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }"), /no readable descr/);
  assert.throws(refused("{'descr': '<f4', 'shape': (6,), }"), /no readable fortran_order/);
  assert.throws(
    refused("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': eval('1')}"),
    /more than three entries/,
  );
  assert.throws(() => readWeights(bytesOf('\x93NUMPY\x07\0\x10\0'), 'w.npy'), /version 7 of the NumPy format/);
  assert.throws(
    () => readWeights(bytesOf('\x93NUMPY\x02\0', uint32(2 ** 31), NUMBERS), 'w.npy'),
    /truncated: a header of 2147483648/,
  );
});

test('an archive must hold arrays alone', () => {
  const one = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }");
  const zip = (contents: Record<string, Bytes>) => makeZip(contents);
  assert.equal(values(zip({ 'a.npy': one }), 'a'), [1, 2, 3, 4, 5, 6]);
  assert.throws(() => readWeights(zip({ 'a.npy': one, 'b.txt': one }), 'w'), /entry "b\.txt" is no array of its own/);
  assert.throws(() => readWeights(zip({ 'a.npy': one, 'b.npy': bytesOf('x') }), 'w'), /array "b": not in NumPy format/);
});

test('what is written reads back, and lies as NumPy wants it', () => {
  const data = Float32Array.of(1, -2.5, 3, 4, 5, 6);
  const file = writeNpy({ shape: [2, 3], data });
  assert.equal(values(file), [...data]);
  assert.is(file.length, 128 + 24);
  const header = String.fromCharCode(...file.subarray(0, 128));
  assert.is(header.slice(0, 10), '\x93NUMPY\x01\0v\0');
  assert.match(header.slice(10), /^\{'descr': '<f4', 'fortran_order': False, 'shape': \(2, 3,\), \} +\n$/);
  assert.equal(values(writeNpy({ shape: [], data: Int32Array.of(-7) })), [-7]);
  assert.equal(values(writeNpy({ shape: [0, 3], data: new Float32Array() })), []);
  assert.throws(() => writeNpy({ shape: [2, 2], data }), /6 numbers for an array of shape \[2, 2\]/);
  const arrays = { a: { shape: [6], data }, n: { shape: [1, 2], data: Int32Array.of(3, 4) } };
  const archive = writeNpz(arrays);
  assert.equal([values(archive, 'a'), values(archive, 'n')], [[...data], [3, 4]]);
  assert.equal(writeNpz(arrays), archive);
});

test.run();

/**
 * NumPy arrays: `.npy` files, and `.npz` archives of them, in and out.
 *
 *   "\x93NUMPY" | 2 bytes: version | 2 or 4 bytes: length N | N bytes: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } | data
 *
 * Arrays of Python objects are pickles within and are refused.
 */
import { zipSync } from 'fflate';
import type { Allowance } from './allowance.ts';
import { quote } from './quote.ts';
import { RefusedError } from './refusal.ts';
import { type SafetensorsDtype, StoredTensor } from './safetensors.ts';
import { copyContiguous, elementCount, isContiguous, swapBytes } from './strided.ts';
import type { Zip } from './zip.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MOST_DIMENSIONS = 64;
const LONGEST_HEADER = 2 ** 16;

const DTYPES: ReadonlyMap<string, { dtype: SafetensorsDtype; width: number }> = new Map([
  ['f2', { dtype: 'F16', width: 2 }],
  ['f4', { dtype: 'F32', width: 4 }],
  ['f8', { dtype: 'F64', width: 8 }],
  ['i1', { dtype: 'I8', width: 1 }],
  ['i2', { dtype: 'I16', width: 2 }],
  ['i4', { dtype: 'I32', width: 4 }],
  ['i8', { dtype: 'I64', width: 8 }],
  ['u1', { dtype: 'U8', width: 1 }],
  ['u2', { dtype: 'U16', width: 2 }],
  ['u4', { dtype: 'U32', width: 4 }],
  ['u8', { dtype: 'U64', width: 8 }],
  ['b1', { dtype: 'BOOL', width: 1 }],
]);

export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Whether an archive is an npz file. */
export function holdsNpy({ entries }: Zip): boolean {
  return [...entries].some(([name, contents]) => name.endsWith('.npy') && isNpy(contents));
}

/**
 * All arrays of an archive by their names.
 * @throws RefusedError when one cannot be read
 */
export function readNpz({ entries }: Zip, file: string, allowance: Allowance): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [entry, contents] of entries) {
    const name = entry.replace(/\.npy$/, '');
    if (tensors.has(name) || name === entry)
      throw new RefusedError(file, `entry ${quote(entry)} is no array of its own`);
    tensors.set(name, readNpy(contents, name, file, allowance));
  }
  return tensors;
}

/**
 * One array, in C order and little endian: a view into `bytes` where it lies so already.
 * @throws RefusedError when it is truncated, damaged or of a type that is not read
 */
export function readNpy(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  file: string,
  allowance: Allowance,
): StoredTensor {
  const refuse = (cause: string): never => {
    throw new RefusedError(file, `array ${quote(name)}: ${cause}`);
  };
  const { text, dataStart } = readHeader(bytes, refuse);
  const { descr, fortran, shape } = parseHeader(text, refuse);
  const [, order, code = ''] = /^([<>|=]?)(\w\d+)$/.exec(descr) ?? [];
  const { dtype, width } = DTYPES.get(code) ?? refuse(`data type ${quote(descr)} is not read`);
  const data = bytes.subarray(dataStart);
  const size = elementCount(shape) * width;
  if (size !== data.length)
    refuse(`${data.length} bytes of data instead of ${size} for ${descr} of shape [${shape.join(', ')}]`);
  const strides = fortran ? shape.map((_, d) => elementCount(shape.slice(0, d))) : null;
  const scattered = strides !== null && !isContiguous(shape, strides);
  if (scattered || order === '>') allowance.take(size, `laying out array ${quote(name)}`);
  const ordered = scattered ? copyContiguous(data, width, shape, strides) : data;
  return new StoredTensor(file, name, dtype, shape, order === '>' ? swapBytes(ordered, width) : ordered);
}

function readHeader(bytes: Uint8Array<ArrayBuffer>, refuse: (cause: string) => never) {
  if (!isNpy(bytes)) refuse('not in NumPy format');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = bytes[6];
  const lengthBytes = version === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (version !== undefined && (version < 1 || version > 3)) refuse(`version ${version} of the NumPy format`);
  if (bytes.length < start) refuse(`truncated: ${bytes.length} bytes`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) refuse(`truncated: a header of ${length} bytes in ${bytes.length}`);
  if (length > LONGEST_HEADER) refuse(`a header of ${length} bytes`);
  return { text: new TextDecoder().decode(bytes.subarray(start, start + length)), dataStart: start + length };
}

/** The header is a dictionary in Python's notation; nothing beyond its three entries may be in it. */
function parseHeader(text: string, refuse: (cause: string) => never) {
  let rest = text;
  const take = (key: string, pattern: string): string => {
    const [entry, value] = new RegExp(`'${key}'\\s*:\\s*${pattern}`).exec(rest) ?? [];
    if (entry === undefined || value === undefined)
      return refuse(`no readable ${key} in its header ${quote(text.trim())}`);
    rest = rest.replace(entry, '');
    return value;
  };
  const descr = take('descr', "'([^']*)'");
  const fortran = take('fortran_order', '(True|False)') === 'True';
  const shape = take('shape', '\\(([\\d\\s,L]*)\\)')
    .split(',')
    .map((length) => length.trim().replace(/L$/, ''))
    .filter((length) => length !== '')
    .map(Number);
  if (!/^\{[\s,]*\}\s*$/.test(rest)) refuse(`more than three entries in its header ${quote(text.trim())}`);
  if (shape.length > MOST_DIMENSIONS || !shape.every(Number.isSafeInteger))
    refuse(`impossible shape (${shape.join(', ')})`);
  return { descr, fortran, shape };
}

/** An array to be written. */
export interface ArrayToStore {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

/** Where the data begin: at a multiple of so many bytes. */
const ALIGNMENT = 64;

/** The bytes of a `.npy` file, little endian and in C order: `numpy.load` gives the array. */
export function writeNpy({ shape, data }: ArrayToStore): Uint8Array<ArrayBuffer> {
  if (elementCount(shape) !== data.length)
    throw new RangeError(`npy: ${data.length} numbers for an array of shape [${shape.join(', ')}]`);
  const descr = data instanceof Float32Array ? '<f4' : '<i4';
  const lengths = shape.map((length) => `${length},`).join(' ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${lengths}), }`;
  const start = MAGIC.length + 4;
  const dataStart = Math.ceil((start + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${text.padEnd(dataStart - start - 1)}\n`;
  const file = new Uint8Array(dataStart + 4 * data.length);
  file.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8]);
  file.set(new TextEncoder().encode(header), start);
  const view = new DataView(file.buffer, dataStart);
  data.forEach((value, i) => {
    if (data instanceof Float32Array) view.setFloat32(4 * i, value, true);
    else view.setInt32(4 * i, value, true);
  });
  return file;
}

/** The earliest time that zip archives know, so that the same arrays give the same bytes. */
const NO_TIME = new Date(1980, 0, 1);

/** The bytes of an uncompressed `.npz` archive: `numpy.load` gives the arrays by their names. */
export function writeNpz(arrays: Readonly<Record<string, ArrayToStore>>): Uint8Array<ArrayBuffer> {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, writeNpy(array)] as const);
  return new Uint8Array(zipSync(Object.fromEntries(files), { level: 0, mtime: NO_TIME }));
}

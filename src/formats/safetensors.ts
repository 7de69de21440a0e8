/**
 * safetensors files: named tensors and text metadata.
 *
 *   8 bytes: length N of the header, little endian | N bytes: JSON | the tensors' bytes, one after another
 *
 * Nothing in the header is believed: sizes, offsets, overlaps and holes are checked before any tensor can be touched.
 */

import { bfloat16ToFloat32, float16ToFloat32 } from '../util/half.ts';
import { compareTexts } from '../util/order.ts';
import { findDuplicateKey } from './json-keys.ts';
import { RefusedError } from './refusal.ts';

const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

/** The format's own limit. */
const MOST_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** Tensors start at multiples of this, so that any of them can be viewed in place. */
const ALIGNMENT = 8;

/** One tensor of a file. Its bytes are a view into the file's; conversions are made when asked for. */
export class StoredTensor {
  constructor(
    readonly file: string,
    readonly name: string,
    readonly dtype: SafetensorsDtype,
    readonly shape: readonly number[],
    readonly bytes: Uint8Array<ArrayBuffer>,
  ) {}

  get size(): number {
    return this.bytes.length / DTYPE_BYTES[this.dtype];
  }

  /** {@link toFloat32}: a map of these is a state dict. */
  get data(): Float32Array<ArrayBuffer> {
    return this.toFloat32();
  }

  /** The values as float32, rounded where they are not; shares memory with the file when they already are. */
  toFloat32(): Float32Array<ArrayBuffer> {
    const bytes = aligned(this.bytes, DTYPE_BYTES[this.dtype]);
    const { buffer, byteOffset: offset } = bytes;
    switch (this.dtype) {
      case 'F32':
        return new Float32Array(buffer, offset, this.size);
      case 'F16':
        return float16ToFloat32(new Uint16Array(buffer, offset, this.size));
      case 'BF16':
        return bfloat16ToFloat32(new Uint16Array(buffer, offset, this.size));
      case 'F64':
        return Float32Array.from(new Float64Array(buffer, offset, this.size));
      default:
        return Float32Array.from(integers(bytes, this.dtype));
    }
  }

  /**
   * Integers and truth values as int32.
   * @throws RefusedError for a floating-point tensor or a value beyond 32 bits
   */
  toInt32(): Int32Array<ArrayBuffer> {
    if (this.dtype === 'F32' || this.dtype === 'F16' || this.dtype === 'BF16' || this.dtype === 'F64') {
      throw new RefusedError(this.file, `tensor "${this.name}" is ${this.dtype}, integers are needed`);
    }
    const values = integers(aligned(this.bytes, DTYPE_BYTES[this.dtype]), this.dtype);
    for (const value of values) {
      if ((value | 0) !== value)
        throw new RefusedError(this.file, `tensor "${this.name}" holds ${value}, which is no 32-bit integer`);
    }
    return Int32Array.from(values);
  }
}

function aligned(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}

function integers(
  { buffer, byteOffset, length }: Uint8Array<ArrayBuffer>,
  dtype: SafetensorsDtype,
): ArrayLike<number> & Iterable<number> {
  const count = length / DTYPE_BYTES[dtype];
  switch (dtype) {
    case 'I8':
      return new Int8Array(buffer, byteOffset, count);
    case 'U16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'I16':
      return new Int16Array(buffer, byteOffset, count);
    case 'U32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'I32':
      return new Int32Array(buffer, byteOffset, count);
    case 'U64':
      return Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    case 'I64':
      return Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}

export interface Safetensors {
  /** In the order of their bytes. */
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/**
 * Reads a file's header and gives its tensors as views into `bytes`.
 * @throws RefusedError for a file that breaks the format in any way, with the numbers
 */
export function readSafetensors(bytes: Uint8Array<ArrayBuffer>, name: string): Safetensors {
  const { header, dataStart } = readHeader(bytes, name);
  const { __metadata__: rawMetadata = {}, ...entries } = header;
  const metadata = readMetadata(rawMetadata, name);
  const data = bytes.subarray(dataStart);
  const tensors = Object.entries(entries).map(([key, entry]) => readEntry(key, entry, data.length, name));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { key, begin, end } of tensors) {
    if (begin < position)
      throw new RefusedError(
        name,
        `tensor "${key}" begins at byte ${begin}, inside the one before it (to ${position})`,
      );
    if (begin > position)
      throw new RefusedError(name, `bytes ${position} to ${begin} before tensor "${key}" belong to no tensor`);
    position = end;
  }
  if (position !== data.length)
    throw new RefusedError(name, `the tensors end at byte ${position} of ${data.length} bytes of data`);
  return {
    metadata,
    tensors: new Map(
      tensors.map(({ key, dtype, shape, begin, end }) => [
        key,
        new StoredTensor(name, key, dtype, shape, data.subarray(begin, end)),
      ]),
    ),
  };
}

function readHeader(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < LENGTH_BYTES)
    throw new RefusedError(name, `truncated: ${bytes.length} bytes are too few for a safetensors file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MOST_HEADER_BYTES)
    throw new RefusedError(name, `not a safetensors file: its header would be ${length} bytes long`);
  const dataStart = LENGTH_BYTES + length;
  if (dataStart > bytes.length)
    throw new RefusedError(name, `truncated: a header of ${length} bytes in a file of ${bytes.length}`);
  const text = decodeText(bytes.subarray(LENGTH_BYTES, dataStart), name);
  const header = parseJson(text, name);
  const duplicate = findDuplicateKey(text);
  if (duplicate !== null) throw new RefusedError(name, `its header names "${duplicate}" twice`);
  if (!isRecord(header)) throw new RefusedError(name, 'its header is not a JSON object');
  return { header, dataStart };
}

function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RefusedError(name, 'its header is not UTF-8 text');
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusedError(name, 'its header is not JSON');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readMetadata(metadata: unknown, name: string): Record<string, string> {
  if (!isRecord(metadata)) throw new RefusedError(name, '__metadata__ is not a JSON object');
  const entries = Object.entries(metadata).map(([key, value]): [string, string] => {
    if (typeof value !== 'string') throw new RefusedError(name, `__metadata__ "${key}" is not text`);
    return [key, value];
  });
  return Object.fromEntries(entries);
}

interface Entry {
  key: string;
  dtype: SafetensorsDtype;
  shape: number[];
  begin: number;
  end: number;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function readEntry(key: string, entry: unknown, dataLength: number, name: string): Entry {
  const refuse = (cause: string): never => {
    throw new RefusedError(name, `tensor "${key}": ${cause}`);
  };
  if (!isRecord(entry)) return refuse('its entry is not a JSON object');
  const { dtype, shape, data_offsets: offsets, ...others } = entry;
  const unknown = Object.keys(others);
  if (unknown.length > 0) refuse(`unknown entry "${unknown[0]}"`);
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype))
    return refuse(`data type ${JSON.stringify(dtype)} is not known`);
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse(`impossible shape ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return refuse(`impossible data_offsets ${JSON.stringify(offsets)}`);
  const [begin = 0, end = 0] = offsets as number[];
  const needed = shape.reduce((product, length) => product * length, DTYPE_BYTES[dtype as SafetensorsDtype]);
  if (end - begin !== needed)
    refuse(`${dtype} of shape [${shape.join(', ')}] needs ${needed} bytes, its data_offsets give ${end - begin}`);
  if (end > dataLength) refuse(`truncated: it ends at byte ${end} of ${dataLength} bytes of data`);
  return { key, dtype: dtype as SafetensorsDtype, shape, begin, end };
}

export type TensorArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array;

/** What is written for one name. `dtype` follows from the array unless given (F16 and BF16 as bits in a Uint16Array, BOOL in a Uint8Array). */
export interface TensorToStore {
  shape: readonly number[];
  data: TensorArray;
  dtype?: SafetensorsDtype;
}

function dtypeOf(data: TensorArray): SafetensorsDtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof Uint8Array) return 'U8';
  if (data instanceof Int8Array) return 'I8';
  if (data instanceof Uint16Array) return 'U16';
  if (data instanceof Int16Array) return 'I16';
  if (data instanceof Uint32Array) return 'U32';
  if (data instanceof Int32Array) return 'I32';
  return data instanceof BigInt64Array ? 'I64' : 'U64';
}

/**
 * A safetensors file. Widest data types come first, then names in order, so that every tensor is aligned to its type and
 * the same tensors give the same bytes. Tensors read from a file keep their data type.
 * @throws RangeError when a tensor's data do not have its shape's size
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorToStore | StoredTensor>> | ReadonlyMap<string, TensorToStore | StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = [...(tensors instanceof Map ? tensors : Object.entries(tensors))].map(([name, tensor]) =>
    describe(name, tensor),
  );
  entries.sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || compareTexts(a.name, b.name));
  const pairs: [string, unknown][] = [];
  const sortedMetadata = Object.entries(metadata).sort(([a], [b]) => compareTexts(a, b));
  if (sortedMetadata.length > 0) pairs.push(['__metadata__', Object.fromEntries(sortedMetadata)]);
  let position = 0;
  for (const { name, dtype, shape, bytes } of entries) {
    pairs.push([name, { dtype, shape, data_offsets: [position, position + bytes.length] }]);
    position += bytes.length;
  }
  // Built by hand: an object would put names that look like integers first.
  const json = `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const header = new TextEncoder().encode(json);
  const headerLength = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerLength + position);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  file.set(header, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerLength;
  for (const { bytes } of entries) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

function describe(name: string, tensor: TensorToStore | StoredTensor) {
  if (name === '__metadata__') throw new RangeError('a tensor cannot be named __metadata__');
  if (tensor instanceof StoredTensor) {
    const { dtype, shape, bytes } = tensor;
    return { name, dtype, shape, bytes };
  }
  const { shape, data, dtype = dtypeOf(data) } = tensor;
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== data.length || DTYPE_BYTES[dtype] !== data.BYTES_PER_ELEMENT) {
    throw new RangeError(
      `tensor "${name}": ${data.length} values of ${data.BYTES_PER_ELEMENT} bytes for ${dtype} of shape [${shape.join(', ')}]`,
    );
  }
  // Typed arrays are little endian, as the format, on every machine that has WebGPU.
  return { name, dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

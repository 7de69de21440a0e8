/** PyTorch's data types by the names that pickles use for them and for their storages. */
import type { SafetensorsDtype } from '../safetensors.ts';

export interface TorchDtype {
  name: string;
  /** Bytes an element. */
  width: number;
  /** Null for what networks here have no use for (complex, quantised, 8-bit floats): such tensors are refused as weights. */
  stored: SafetensorsDtype | null;
}

const dtype = (name: string, width: number, stored: SafetensorsDtype | null = null): TorchDtype => ({
  name,
  width,
  stored,
});

const FLOAT = dtype('float32', 4, 'F32');
const DOUBLE = dtype('float64', 8, 'F64');
const HALF = dtype('float16', 2, 'F16');
const BFLOAT16 = dtype('bfloat16', 2, 'BF16');
const LONG = dtype('int64', 8, 'I64');
const INT = dtype('int32', 4, 'I32');
const SHORT = dtype('int16', 2, 'I16');
const CHAR = dtype('int8', 1, 'I8');
export const BYTE = dtype('uint8', 1, 'U8');
const BOOL = dtype('bool', 1, 'BOOL');

/** By the class of the storage, without "Storage". */
export const STORAGE_DTYPES: ReadonlyMap<string, TorchDtype> = new Map([
  ['Float', FLOAT],
  ['Double', DOUBLE],
  ['Half', HALF],
  ['BFloat16', BFLOAT16],
  ['Long', LONG],
  ['Int', INT],
  ['Short', SHORT],
  ['Char', CHAR],
  ['Byte', BYTE],
  ['Bool', BOOL],
  ['ComplexFloat', dtype('complex64', 8)],
  ['ComplexDouble', dtype('complex128', 16)],
  ['QInt8', dtype('qint8', 1)],
  ['QUInt8', dtype('quint8', 1)],
  ['QInt32', dtype('qint32', 4)],
  ['QUInt4x2', dtype('quint4x2', 1)],
  ['QUInt2x4', dtype('quint2x4', 1)],
]);

const NAMED = [
  ...STORAGE_DTYPES.values(),
  dtype('uint16', 2, 'U16'),
  dtype('uint32', 4, 'U32'),
  dtype('uint64', 8, 'U64'),
  dtype('float8_e4m3fn', 1),
  dtype('float8_e5m2', 1),
  dtype('float8_e4m3fnuz', 1),
  dtype('float8_e5m2fnuz', 1),
];

/** By name: "float32" of torch.float32. */
export const DTYPES: ReadonlyMap<string, TorchDtype> = new Map(NAMED.map((entry) => [entry.name, entry]));

import { readSafetensors } from '../formats/safetensors.ts';
import type { CaseFile, Values } from './case.ts';

const FULL_SCALE: Readonly<Record<string, number>> = { U8: 2 ** 8 - 1, I32: 2 ** 31 - 1 };

/**
 * The tensors and metadata of a conformance file: real numbers as float32, integers and truth values as int32.
 *
 * Throws a `RefusedError` for a file that is no safetensors file.
 */
export function readCaseFile(bytes: Uint8Array<ArrayBuffer>, name: string): CaseFile {
  const { metadata, tensors } = readSafetensors(bytes, name);
  const values = [...tensors].map(([key, stored]): [string, Values] => {
    const isReal = /F\d/.test(stored.dtype);
    const data = isReal ? stored.toFloat32() : stored.toInt32();
    const { shape, dtype } = stored;
    return [key, { shape, data, half: dtype === 'F16', truth: dtype === 'BOOL', fullScale: FULL_SCALE[dtype] }];
  });
  return { metadata, tensors: new Map(values) };
}

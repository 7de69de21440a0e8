import { readSafetensors } from '../formats/safetensors.ts';
import type { CaseFile, Values } from './case.ts';

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
    return [key, { shape: stored.shape, data, half: stored.dtype === 'F16', truth: stored.dtype === 'BOOL' }];
  });
  return { metadata, tensors: new Map(values) };
}

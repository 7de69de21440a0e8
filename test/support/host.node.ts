import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Reads a file below `test/`; the tests are run from the project's root. */
export async function readTestFile(name: string): Promise<Uint8Array> {
  const bytes = await readFile(path.join('test', name));
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

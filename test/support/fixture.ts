import { readTestFile } from '#test-host';

/** The bytes of a file below `test/`, such as 'reference/cases/relu.safetensors', in either host. */
export function readFixture(path: string): Promise<Uint8Array> {
  return readTestFile(path);
}

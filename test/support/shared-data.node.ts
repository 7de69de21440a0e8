import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Path of a file or folder of the larger data that does not belong to the project (AGELENS_TEST_DATA, else
 * `../shared/data`), or null, with a line that says so, where it is absent: a test that needs it is then skipped.
 */
export function sharedData(name: string): string | null {
  const file = path.resolve(process.env.AGELENS_TEST_DATA ?? '../shared/data', name);
  if (existsSync(file)) return file;
  console.log(`skipped: ${file} is not there (AGELENS_TEST_DATA names the folder of the larger test data)`);
  return null;
}

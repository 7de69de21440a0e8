/** Files of others that lie beside the repository: for tests only, never copied into it. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The absolute path of something in the shared data, or null, with a line that says so, where they are absent; the test
 * is then skipped. Their folder is AGELENS_SHARED_DATA, else ../shared/data beside the repository.
 */
export function sharedData(name: string): string | null {
  const file = path.resolve(process.env.AGELENS_SHARED_DATA ?? path.resolve('..', 'shared', 'data'), name);
  if (existsSync(file)) return file;
  console.log(`skipped: ${file} is not there (AGELENS_SHARED_DATA names the folder of the larger test data)`);
  return null;
}

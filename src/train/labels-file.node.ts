import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readCsv } from '../formats/csv.ts';
import { messageOf, UserError } from '../util/errors.ts';
import { type Labels, readLabels } from './labels.ts';

/** Reads the table of ages from a file. @throws UserError when it cannot be read, or is no such table */
export async function readLabelFile(file: string): Promise<Labels> {
  const name = path.basename(file);
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`${name}: the label file cannot be read (${messageOf(error).split(',', 1)[0]})`);
  });
  return readLabels(name, readCsv(bytes, name));
}

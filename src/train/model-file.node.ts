import { readFile } from 'node:fs/promises';
import { UserError } from '../util/errors.ts';
import { type AgeModel, decodeModel } from './model-file.ts';

/** @throws UserError when there is no such file or it is no model */
export async function readModelFile(file: string): Promise<AgeModel> {
  const bytes = await readFile(file).catch(() => {
    throw new UserError(
      `${file}: no such file; training writes it when all folds are finished (agelens train --resume)`,
    );
  });
  return decodeModel(new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length), file);
}

import { UserError } from '../util/errors.ts';

/** A browser writes no files. */
export async function writeFileAtomically(path: string): Promise<never> {
  throw new UserError(
    `${path}: a page cannot write files; make a Blob of the bytes (toSafetensors, encodeState) and offer it as a download`,
  );
}

/** The contents of an address. @throws UserError when they cannot be had */
export async function readWholeFile(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (!response.ok) throw new UserError(`${address}: it cannot be fetched (status ${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

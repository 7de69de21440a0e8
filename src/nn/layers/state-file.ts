/** State dicts in files: written as safetensors; read from safetensors, PyTorch's files, npz. */
import { readWholeFile, writeFileAtomically } from '#file-host';
import { writeSafetensors } from '../../formats/safetensors.ts';
import { ownNames, readWeights } from '../../formats/weights.ts';
import { UserError } from '../../util/errors.ts';
import type { StateDict } from './state.ts';

/** A path (in Node) or address (in browsers), or the contents of the file. */
export type StateSource = string | URL | Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** The bytes of a safetensors file. Equal states give equal bytes. */
export function encodeState(state: StateDict): Uint8Array<ArrayBuffer> {
  return writeSafetensors(state, { format: 'pt' });
}

/**
 * Writes a state dict of a network, an optimiser or averages as a safetensors file, wholly or not at all. For Node; in
 * browsers use `encodeState`. Throws UserError where it cannot be written.
 */
export async function saveState(path: string, state: StateDict): Promise<void> {
  await writeFileAtomically(path, encodeState(state));
}

/**
 * Reads a state dict under the names that it has in the file: safetensors, PyTorch (`.pth`, `.pt`, Lightning's `.ckpt`; no
 * code of the file is run) or npz, whatever the file's name. Throws UserError for one that is missing, damaged or of another
 * kind.
 */
export async function loadState(source: StateSource): Promise<StateDict> {
  return ownNames(readWeights(await bytesOf(source), nameOf(source)));
}

async function bytesOf(source: StateSource): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof source === 'string') return readWholeFile(source);
  if (source instanceof URL) return readWholeFile(source.protocol === 'file:' ? pathOf(source) : source.href);
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  throw new UserError(`weights are given as a path, an address, a Blob or bytes, not as ${typeof source}`);
}

function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

function nameOf(source: StateSource): string {
  if (typeof source === 'string') return source;
  if (source instanceof URL) return source.pathname;
  return 'name' in source && typeof source.name === 'string' ? source.name : 'the weights';
}

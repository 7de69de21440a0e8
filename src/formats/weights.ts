/**
 * Weights from a file that the user names, whatever it is: safetensors, PyTorch (zip, before 1.6, 0.1), npz or npy. The
 * kind is found in the contents, not in the name.
 *
 *   const { tensors, notes } = readWeights(bytes, 'resnet18.pth');
 *   network.loadStateDict(tensors);
 */
import { Allowance } from './allowance.ts';
import { holdsNpy, isNpy, readNpy, readNpz } from './npz.ts';
import { type PyTorchWeights, readPyTorch, readPyTorchZip } from './pytorch/read.ts';
import { holdsPyTorch } from './pytorch/zip-layout.ts';
import { RefusedError, refusalOf } from './refusal.ts';
import { readSafetensors, type StoredTensor } from './safetensors.ts';
import { isTar } from './tar.ts';
import { renameTensors, stripPrefixes } from './weight-names.ts';
import { isZip, readZip } from './zip.ts';

export type WeightsFormat = 'safetensors' | 'pytorch-zip' | 'pytorch-stream' | 'pytorch-tar' | 'npz' | 'npy';

export interface Weights {
  /** By name, prefixes removed; each still knows the name it has in the file. Values are converted when asked for. */
  tensors: Map<string, StoredTensor>;
  format: WeightsFormat;
  /** What was removed from names, left out or kept closed: a line each, for the user to read. */
  notes: string[];
}

/** Python pickles of protocol 2 and later begin so. */
const PICKLE_START = 0x80;
const SAFETENSORS_BRACE = 8;
const BRACE = 0x7b;

/**
 * Reads a file of weights. Contiguous tensors are views into `bytes`. No code of the file is ever run.
 * @param name of the file, for messages
 * @throws RefusedError, one line, for a file that is truncated, damaged, malicious or holds no weights
 */
export function readWeights(bytes: Uint8Array<ArrayBuffer>, name: string): Weights {
  const { tensors, format, notes } = readAny(bytes, name);
  const stripped = stripPrefixes(tensors, name);
  return { tensors: stripped.tensors, format, notes: [...notes, ...stripped.notes] };
}

/** The tensors under the names that the file itself has. */
export function ownNames({ tensors }: Weights): Map<string, StoredTensor> {
  return new Map([...tensors.values()].map((tensor) => [tensor.name, tensor]));
}

/**
 * Weights under other names.
 * @param rename the new name of a name; null leaves the tensor out
 * @throws RefusedError when two tensors get the same name
 */
export function renameWeights(weights: Weights, rename: (name: string) => string | null, file: string): Weights {
  const tensors = renameTensors(weights.tensors, rename, file);
  const left = weights.tensors.size - tensors.size;
  const notes = left > 0 ? [`${left} of ${weights.tensors.size} tensors were left out by name`] : [];
  return { ...weights, tensors, notes: [...weights.notes, ...notes] };
}

function readAny(bytes: Uint8Array<ArrayBuffer>, name: string): Weights {
  if (isZip(bytes)) return readArchive(bytes, name);
  if (isNpy(bytes)) {
    const array = name.replace(/^.*[\\/]|\.npy$/g, '');
    const tensor = readNpy(bytes, array, name, new Allowance(name, bytes.length));
    return { tensors: new Map([[array, tensor]]), format: 'npy', notes: [] };
  }
  if (bytes[SAFETENSORS_BRACE] === BRACE)
    return { tensors: readSafetensors(bytes, name).tensors, format: 'safetensors', notes: [] };
  if (isTar(bytes) || bytes[0] === PICKLE_START) return fromPyTorch(readPyTorch(bytes, name));
  return readUnmarked(bytes, name);
}

const fromPyTorch = ({ tensors, layout, notes }: PyTorchWeights): Weights => ({
  tensors,
  format: `pytorch-${layout}`,
  notes,
});

function readArchive(bytes: Uint8Array<ArrayBuffer>, name: string): Weights {
  const allowance = new Allowance(name, bytes.length);
  const zip = readZip(bytes, name, allowance);
  if (holdsPyTorch(zip)) return fromPyTorch(readPyTorchZip(zip, name, allowance));
  if (holdsNpy(zip)) return { tensors: readNpz(zip, name, allowance), format: 'npz', notes: [] };
  throw new RefusedError(name, 'a zip archive with neither a PyTorch pickle (FOLDER/data.pkl) nor NumPy arrays (.npy)');
}

/** What is often found in place of weights, by how it begins. */
const MISTAKEN: readonly [pattern: RegExp, cause: string][] = [
  [/^$/, 'an empty file'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the weights; fetch them with git lfs pull'],
  [/^\s*<(?:!doctype|html|\?xml)/i, 'a web page, not the weights; the download has failed'],
];

/** Pickles of protocols 0 and 1 have no mark to be known by. */
function readUnmarked(bytes: Uint8Array<ArrayBuffer>, name: string): Weights {
  const start = new TextDecoder().decode(bytes.subarray(0, 100));
  const mistaken = MISTAKEN.find(([pattern]) => pattern.test(start));
  if (mistaken) throw new RefusedError(name, mistaken[1]);
  try {
    return fromPyTorch(readPyTorch(bytes, name));
  } catch (error) {
    const { cause } = refusalOf(error, [name]);
    throw new RefusedError(name, `neither safetensors, PyTorch, npz nor npy (as a Python pickle, ${cause})`);
  }
}

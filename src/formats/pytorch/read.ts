/** Weights that torch.save has written, in any of its three layouts. No code of a file is ever run. */
import { Allowance } from '../allowance.ts';
import type { StoredTensor } from '../safetensors.ts';
import { isTar } from '../tar.ts';
import { isZip, readZip, type Zip } from '../zip.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findStateDict } from './state-dict.ts';
import { readStreamLayout } from './stream-layout.ts';
import { readTarLayout } from './tar-layout.ts';
import { storeTensor } from './tensors.ts';
import { readZipLayout } from './zip-layout.ts';

export interface PyTorchWeights {
  /** By their names in the file, in its order. */
  tensors: Map<string, StoredTensor>;
  layout: 'zip' | 'stream' | 'tar';
  /** What was left out or kept closed, a line each. */
  notes: string[];
}

/**
 * The state dict of a `.pth`, `.pt`, `.th` or `.ckpt` file.
 * @throws RefusedError, one line that names the byte, for a file that is truncated, damaged, malicious or holds no weights
 */
export function readPyTorch(bytes: Uint8Array<ArrayBuffer>, file: string): PyTorchWeights {
  const allowance = new Allowance(file, bytes.length);
  if (isZip(bytes)) return readPyTorchZip(readZip(bytes, file, allowance), file, allowance);
  return isTar(bytes)
    ? extract(readTarLayout(bytes, file), 'tar', file, allowance)
    : extract(readStreamLayout(bytes, file), 'stream', file, allowance);
}

/** The same for an archive that is open already. */
export function readPyTorchZip(zip: Zip, file: string, allowance: Allowance): PyTorchWeights {
  return extract(readZipLayout(zip, file), 'zip', file, allowance);
}

function extract(
  checkpoint: Checkpoint,
  layout: PyTorchWeights['layout'],
  file: string,
  allowance: Allowance,
): PyTorchWeights {
  const { tensors, notes } = findStateDict(checkpoint, file);
  return {
    layout,
    notes,
    tensors: new Map([...tensors].map(([name, tensor]) => [name, storeTensor(name, tensor, allowance)])),
  };
}

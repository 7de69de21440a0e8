import { openGpu } from '../../src/gpu/index.ts';
import { trainDigest } from './train-digest.ts';

/** SHA-256 of the weights after a short training in this browser. */
export default async function run(seed: number): Promise<{ kind: string; sha256: string }> {
  const gpu = await openGpu();
  const sha256 = await trainDigest(gpu, seed);
  gpu.close();
  return { kind: gpu.info.kind, sha256 };
}

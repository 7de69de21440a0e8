import { openGpu } from '../../src/gpu/index.ts';
import { caseDigests } from './bits.ts';

/** What these cases give in this browser. */
export default async function run(names: string[]): Promise<{ kind: string; digests: Record<string, string> }> {
  const gpu = await openGpu();
  const digests = await caseDigests(gpu, names);
  gpu.close();
  return { kind: gpu.info.kind, digests };
}

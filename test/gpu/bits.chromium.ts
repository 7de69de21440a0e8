import { openGpu } from '../../src/gpu/index.ts';
import { kernelBits } from './bits.ts';

/** What kernels give in this browser. */
export default async function run({ seed }: { seed: number }): Promise<{ kind: string; bits: Record<string, string> }> {
  const gpu = await openGpu();
  const result = { kind: gpu.info.kind, bits: await kernelBits(gpu, seed) };
  gpu.close();
  return result;
}

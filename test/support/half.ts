import { suite } from 'uvu';
import type { Gpu } from '../../src/gpu/index.ts';
import { testGpu } from './gpu.ts';

/** A suite whose tests need 16-bit numbers: on an adapter without them each says so and does nothing. */
export function halfSuite(name: string): { (title: string, body: (gpu: Gpu) => Promise<void>): void; run: () => void } {
  const inner = suite(name);
  const test = (title: string, body: (gpu: Gpu) => Promise<void>): void => {
    inner(title, async () => {
      const gpu = await testGpu();
      if (gpu.features.has('shader-f16')) await body(gpu);
      else console.log(`${name}: "${title}" is skipped, because ${gpu.info.name} lacks shader-f16`);
    });
  };
  return Object.assign(test, { run: () => inner.run() });
}

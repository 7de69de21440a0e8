import { requestHostAdapter } from '../src/gpu/host.node.ts';
import type { Gpu } from '../src/gpu/index.ts';
import type { Engine } from './engine.ts';

type Flags = Record<string, boolean | number>;

/**
 * TensorFlow.js's settings that were fastest where they were tried, all others being its defaults:
 * - its matrix product for input gradients, which it holds back as an experiment (by default a direct sum, 8 % slower);
 * - on adapters that run on the processor, its usual convolution also where it has few workgroups (by default a copy of
 *   the picture's patches and another product, 3 to 10 % slower).
 */
function flagsFor(kind: Gpu['info']['kind']): Flags {
  const flags: Flags = { WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE: false };
  if (kind !== 'hardware') flags.WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL = 0;
  return flags;
}

interface Contestant {
  LIMITS: (keyof GPUSupportedLimits)[];
  contestant(device: GPUDevice, info: GPUAdapterInfo, flags: Flags): Promise<Omit<Engine, 'close'>>;
}

/** TensorFlow.js on a device of its own, from the same adapter and with the same features as `gpu`. */
export async function tensorflow(gpu: Gpu): Promise<Engine & { flags: Flags }> {
  const bundle = new URL('./tensorflow.cjs', import.meta.url).href;
  const { LIMITS, contestant } = ((await import(bundle)) as { default: Contestant }).default;
  const { adapter } = await requestHostAdapter({ adapter: gpu.info.kind });
  const device = await adapter.requestDevice({
    requiredFeatures: [...gpu.features] as GPUFeatureName[],
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name] as number])),
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    throw new Error(`TensorFlow.js: ${error.message}`);
  });
  const flags = flagsFor(gpu.info.kind);
  return { ...(await contestant(device, adapter.info, flags)), flags, close: () => device.destroy() };
}

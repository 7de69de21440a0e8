import { requestHostAdapter } from '../src/gpu/host.node.ts';
import type { Gpu } from '../src/gpu/index.ts';
import type { Engine } from './engine.ts';

type Flags = Record<string, boolean | number>;

/**
 * TensorFlow.js's settings: its defaults, which nothing tried beat. On lavapipe, in turns in one process, its matrix product
 * for input gradients (WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE false) and its usual convolution where there are few workgroups
 * (WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL 0) made training at 64² slower by a quarter each, and by half
 * together; inference stayed within its scatter, as it did with longer submits.
 */
const FLAGS: Flags = {};

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
  return { ...(await contestant(device, adapter.info, FLAGS)), flags: FLAGS, close: () => device.destroy() };
}

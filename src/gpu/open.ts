import { requestHostAdapter } from '#gpu-host';
import { registered } from './default.ts';
import { Gpu } from './gpu.ts';
import type { AdapterChoice } from './host.ts';

/** How to open a device. */
export interface OpenOptions {
  /** Which adapter to take; `auto` prefers hardware, then lavapipe, then SwiftShader. Browsers choose by themselves. */
  adapter?: AdapterChoice;
}

/** Optional features taken when the adapter has them; every kernel also works without. */
const WELCOME: GPUFeatureName[] = ['timestamp-query', 'shader-f16', 'subgroups'];

/**
 * Takes the best adapter and opens a device with the adapter's own limits. It becomes the default device, which is meant
 * where none is named, unless another is open already. Throws UserError where there is no adapter.
 */
export function openGpu(options: OpenOptions = {}): Promise<Gpu> {
  return registered(open(options));
}

async function open(options: OpenOptions): Promise<Gpu> {
  const host = await requestHostAdapter({ adapter: options.adapter ?? 'auto' });
  const { adapter } = host;
  const requiredFeatures = WELCOME.filter((feature) => adapter.features.has(feature));
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures,
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage },
    label: 'agelens',
  });
  return new Gpu(device, host);
}

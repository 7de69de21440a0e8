import { requestHostAdapter } from '#gpu-host';
import { Gpu } from './gpu.ts';
import type { AdapterChoice } from './host.ts';

export interface OpenOptions {
  /** Which adapter to take; `auto` prefers hardware, then lavapipe, then SwiftShader. Browsers choose by themselves. */
  adapter?: AdapterChoice;
}

/** Optional features taken when the adapter has them; every kernel also works without. */
const WELCOME: GPUFeatureName[] = ['timestamp-query', 'shader-f16', 'subgroups'];

/** Takes the best adapter and opens a device with the adapter's own limits. Throws UserError where there is none. */
export async function openGpu(options: OpenOptions = {}): Promise<Gpu> {
  const host = await requestHostAdapter({ adapter: options.adapter ?? 'auto' });
  const { adapter } = host;
  const requiredFeatures = WELCOME.filter((feature) => adapter.features.has(feature));
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures,
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    label: 'agelens',
  });
  return new Gpu(device, host);
}

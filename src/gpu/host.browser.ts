import { UserError } from '../util/errors.ts';
import type { AdapterKind, HostAdapter, HostOptions } from './host.ts';

function kindOf(adapter: GPUAdapter): AdapterKind {
  const text = `${adapter.info.vendor} ${adapter.info.architecture} ${adapter.info.description}`.toLowerCase();
  if (text.includes('swiftshader')) return 'swiftshader';
  if (text.includes('llvmpipe') || text.includes('lavapipe')) return 'lavapipe';
  return 'hardware';
}

/** The browser chooses the adapter; a fallback adapter is taken when there is no other. */
export async function requestHostAdapter(_options: HostOptions): Promise<HostAdapter> {
  if (!navigator.gpu) {
    throw new UserError(
      'This browser offers no WebGPU (navigator.gpu is missing); use Chrome or Edge 113+, Firefox 141+ or Safari 26+, and a secure context (https or localhost)',
    );
  }
  const adapter =
    (await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })) ??
    (await navigator.gpu.requestAdapter({ forceFallbackAdapter: true }));
  if (!adapter) {
    throw new UserError('WebGPU is there but no adapter was found; see chrome://gpu or about:support for the reason');
  }
  const { vendor, architecture, description } = adapter.info;
  const driver = [vendor, architecture, description].filter(Boolean).join(' ') || 'unnamed adapter';
  return { adapter, kind: kindOf(adapter), driver, passedOver: [], tuning: {} };
}

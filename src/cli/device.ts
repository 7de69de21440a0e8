import { type Gpu, openGpu } from '../gpu/index.ts';
import type { Terminal } from './command.ts';

let announced = false;

/**
 * Opens this machine's device for a command. The first time it says on standard error which one it is and what was
 * passed over for it.
 */
export async function openDevice(terminal: Terminal): Promise<Gpu> {
  const gpu = await openGpu();
  if (announced) return gpu;
  announced = true;
  for (const { name, reason } of gpu.info.passedOver) terminal.note(`passed over: ${name}: ${reason}`);
  terminal.note(`adapter: ${gpu.info.driver || gpu.info.name} (${gpu.info.kind})`);
  return gpu;
}

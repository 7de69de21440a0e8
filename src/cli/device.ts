import { type Gpu, openGpu } from '../gpu/index.ts';
import type { Terminal } from './command.ts';

/** Opens this machine's device for a command, and says on standard error which it is and what was passed over for it. */
export async function openDevice(terminal: Terminal): Promise<Gpu> {
  const gpu = await openGpu();
  for (const { name, reason } of gpu.info.passedOver) terminal.note(`passed over: ${name}: ${reason}`);
  terminal.note(`adapter: ${gpu.info.driver || gpu.info.name} (${gpu.info.kind})`);
  return gpu;
}

import { availableParallelism } from 'node:os';
import type { Gpu } from '../src/gpu/index.ts';

/**
 * Shortest time of each task in milliseconds, the tasks taking turns so that a busy machine slows all alike. Adapters that
 * run on the CPU are timed by the processor time they use, shared out over the cores, which other programs disturb less.
 */
export async function measure(gpu: Gpu, tasks: readonly (() => void)[], rounds: number): Promise<number[]> {
  const shortest = tasks.map(() => Number.POSITIVE_INFINITY);
  for (let round = -1; round < rounds; round++) {
    for (const [i, task] of tasks.entries()) {
      const time = await timeOf(gpu, task);
      if (round >= 0) shortest[i] = Math.min(shortest[i] as number, time);
    }
  }
  return shortest;
}

async function timeOf(gpu: Gpu, task: () => void): Promise<number> {
  const [start, processor] = [performance.now(), process.cpuUsage()];
  task();
  await gpu.finish();
  if (gpu.info.kind === 'hardware') return performance.now() - start;
  const { user, system } = process.cpuUsage(processor);
  return (user + system) / 1000 / availableParallelism();
}

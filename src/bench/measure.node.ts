import { availableParallelism } from 'node:os';

/** Milliseconds by the clock, and of processor time shared out over the cores. */
export interface Timing {
  wall: number;
  processor: number;
}

export async function timeOf(task: () => Promise<unknown>): Promise<Timing> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await task();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, processor: (user + system) / 1000 / availableParallelism() };
}

export interface Measured {
  shortest: Timing;
  rounds: number;
}

export interface Rounds {
  most: number;
  /** Milliseconds after which no further round begins. */
  budget: number;
}

/** Shortest times of each task, the tasks taking turns so that a busy machine slows all alike. */
export async function inTurns(
  tasks: readonly (() => Promise<unknown>)[],
  { most, budget }: Rounds,
): Promise<Measured[]> {
  const end = performance.now() + budget;
  const results = tasks.map((): Measured => ({ shortest: { wall: Infinity, processor: Infinity }, rounds: 0 }));
  for (let round = 0; round < most && (round === 0 || performance.now() < end); round++) {
    for (const [i, task] of tasks.entries()) {
      const { wall, processor } = await timeOf(task);
      const result = results[i] as Measured;
      result.shortest.wall = Math.min(result.shortest.wall, wall);
      result.shortest.processor = Math.min(result.shortest.processor, processor);
      result.rounds++;
    }
  }
  return results;
}

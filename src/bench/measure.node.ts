import { availableParallelism, loadavg } from 'node:os';
import type { AdapterKind, Gpu } from '../gpu/index.ts';
import type { Load } from './limits.ts';

/** Milliseconds by the clock, and of processor time shared out over the cores. */
export interface Timing {
  wall: number;
  processor: number;
}

export type Clock = keyof Timing;

/** Which of both times is to be trusted: other programs lengthen the first, and processor time says nothing of a GPU. */
export function fairClock(kind: AdapterKind): Clock {
  return kind !== 'hardware' && (loadavg()[0] ?? 0) > 1 ? 'processor' : 'wall';
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

/** Milliseconds that one timing lasts at least, so that the way to the device and back hardly counts. */
const LONG_ENOUGH = 20;
const MOST_REPEATS = 256;

/** Amounts (operations, bytes) that the device does a second of each load, the loads taking turns. */
export async function rates(gpu: Gpu, loads: readonly Load[], rounds: number, clock: Clock): Promise<number[]> {
  const repeats: number[] = [];
  const tasks = loads.map(({ queue }, i) => () => {
    for (let k = 0; k < (repeats[i] ?? 1); k++) queue();
    return gpu.finish();
  });
  for (const task of tasks) await task(); // compiles
  for (const task of tasks) {
    const { wall } = await timeOf(task);
    repeats.push(Math.min(MOST_REPEATS, Math.ceil(LONG_ENOUGH / wall)));
  }
  const times = await inTurns(tasks, { most: rounds, budget: Infinity });
  return times.map(({ shortest }, i) => {
    const { amount } = loads[i] as Load;
    return ((amount * (repeats[i] as number)) / shortest[clock]) * 1000;
  });
}

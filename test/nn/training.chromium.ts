import { openGpu } from '../../src/gpu/index.ts';
import { trainRecorded } from './small-training.ts';

/** Losses and final weights of a training in this browser; arrays of numbers, because they travel as JSON. */
export default async function run(): Promise<{ kind: string; losses: number[]; state: [string, number[]][] }> {
  const gpu = await openGpu();
  const { losses, state } = await trainRecorded(gpu);
  const kind = gpu.info.kind;
  gpu.close();
  return { kind, losses, state: [...state].map(([name, { data }]) => [name, [...data]]) };
}

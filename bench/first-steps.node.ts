import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Measured, Timing } from '../src/bench/measure.node.ts';
import type { Case } from './cases.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./first-step.node.js', import.meta.url));

/** What Mesa has compiled in earlier processes it would take from its cache; both engines go without. */
const NOTHING_KEPT = { MESA_SHADER_CACHE_DISABLE: 'true' };

async function once(engine: string, each: Case): Promise<Timing> {
  const env = { ...process.env, ...NOTHING_KEPT };
  const { stdout } = await run(process.execPath, [program, engine, each.key], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Timing;
}

/** Shortest first steps of both engines, each time in a fresh process, in turns. */
export async function firstSteps(each: Case, rounds: number): Promise<{ ours: Measured; theirs: Measured }> {
  const shortest = {
    agelens: { wall: Infinity, processor: Infinity },
    tensorflow: { wall: Infinity, processor: Infinity },
  };
  for (let round = 0; round < rounds; round++) {
    for (const engine of ['tensorflow', 'agelens'] as const) {
      const { wall, processor } = await once(engine, each);
      const best = shortest[engine];
      best.wall = Math.min(best.wall, wall);
      best.processor = Math.min(best.processor, processor);
    }
  }
  return { ours: { shortest: shortest.agelens, rounds }, theirs: { shortest: shortest.tensorflow, rounds } };
}

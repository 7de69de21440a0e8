/** `npm run kill-test -- [--count N] [--seed S] [--first I]`: kills a tiny training N times and compares what --resume gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { killTrials } from './kill.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'agelens-kill-'));
let [killed, wrong] = [0, 0];
try {
  const settings = { count: Number(values.count), seed: Number(values.seed), first: Number(values.first), folder };
  for await (const trial of killTrials(settings)) {
    if (trial.killed) killed++;
    if (trial.problems.length > 0) wrong++;
    console.log(
      `${trial.number}: killed ${trial.moments.join(', then ')}: ${trial.problems.join('; ') || 'the same bits'}`,
    );
  }
  console.log(`${values.count} runs, ${killed} of them killed before they were done, ${wrong} with other bits`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = wrong > 0 || killed === 0 ? 1 : 0;

/** `npm run fuzz -- [--count N] [--seed S] [--first I] [TARGET…]`: damages files and reads them, with time and memory watched. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const { values, positionals } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`fuzz: no target ${unknown.join(', ')}; there are ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}

let failed = false;
for (const target of TARGETS) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  let slowest = { milliseconds: 0, index: 0 };
  let most = 0;
  const settings = { seed: Number(values.seed), count: Number(values.count), first: Number(values.first) };
  const findings = await fuzz(target, settings, (milliseconds, index) => {
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, index };
    most = Math.max(most, process.memoryUsage.rss());
  });
  const mebibytes = Math.round(most / 2 ** 20);
  console.log(
    `${target.name}: ${settings.count} files, ${findings.length} findings, slowest ${Math.round(slowest.milliseconds)} ms (${slowest.index}), at most ${mebibytes} MiB`,
  );
  for (const { file, index, problem } of findings.slice(0, 10)) console.log(`  ${index} ${file}: ${problem}`);
  failed ||= findings.length > 0 || slowest.milliseconds > 2000 || mebibytes > 512;
}
process.exitCode = failed ? 1 : 0;

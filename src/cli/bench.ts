import { writeFile } from 'node:fs/promises';
import { type Figures, figures } from '../bench/figures.node.ts';
import { LAYER_HEADING, layerLine } from '../bench/layers.node.ts';
import { type Clock, fairClock } from '../bench/measure.node.ts';
import { type ProfileRow, profileLines, profileRows } from '../bench/profile-table.ts';
import { trainingStep, tunedWork } from '../bench/resnet18.ts';
import { type Finding, tune } from '../bench/tune.ts';
import type { Gpu } from '../gpu/index.ts';
import { writeTuning } from '../gpu/tuning-file.node.ts';
import { defineCommand, type Terminal } from './command.ts';
import { openDevice } from './device.ts';

const OPTIONS = {
  tune: { type: 'switch', help: 'find the fastest ways to compute on this adapter and keep them for later runs' },
  profile: { type: 'text', value: 'FILE.json', help: 'time every kernel of a training step; FILE opens in Perfetto' },
  batch: { type: 'whole', value: 'N', least: 1, help: 'pictures a step, for --profile (16 on a GPU, else 1)' },
} as const;

/** Steps that a profile covers. */
const PROFILED = 3;
/** Steps before them: a GPU that has been idle takes a while to raise its clock. */
const WARMING = { hardware: 40, lavapipe: 1, swiftshader: 1 };

function printFigures(terminal: Terminal, measured: Figures, clock: Clock): void {
  const { peak_gflops, copy_gbs, matmul_gflops, matmul_size, convolutions, train_224_b1_ms, infer_224_b1_ms } =
    measured;
  const rows = [
    ['multiply–adds from registers', `${peak_gflops.toFixed(1)} GFLOP/s`],
    ['copy, read and written', `${copy_gbs.toFixed(1)} GB/s`],
    [`product of two ${matmul_size}² matrices`, `${matmul_gflops.toFixed(1)} GFLOP/s`],
    ['ResNet-18 training step, 224², batch 1', `${train_224_b1_ms.toFixed(1)} ms`],
    ['ResNet-18 inference, 224², batch 1', `${infer_224_b1_ms.toFixed(1)} ms`],
  ];
  for (const [what, value] of rows) terminal.print(`${what?.padEnd(40)}${value?.padStart(16)}`);
  terminal.print();
  terminal.print(LAYER_HEADING);
  for (const row of convolutions) terminal.print(layerLine(row));
  if (clock === 'processor') {
    terminal.print();
    terminal.print(
      'The machine was busy: these are times of the processor shared out over its cores, not of the clock.',
    );
  }
}

/** Finds and keeps the fastest ways; the work is a training step, several pictures on a GPU. */
async function tuneAdapter(gpu: Gpu, terminal: Terminal): Promise<{ file: string; findings: Finding[] }> {
  const findings = new Map<string, Finding>();
  const sizes = gpu.info.kind === 'hardware' ? [1, 16] : [1];
  for (const batch of sizes) {
    const progress = terminal.progress(`tuning, batch ${batch}`, 1);
    const work = tunedWork(gpu, batch, 224);
    for (const each of await tune(gpu, work.queue, (turn, of) =>
      progress.update(turn / of, `way ${turn + 1} of ${of}`),
    ))
      findings.set(`${each.operation} ${each.shapes}`, each);
    work.release();
    progress.end(`${findings.size} better than the built-in ways`);
  }
  gpu.tuning.clear();
  for (const { operation, shapes, way } of findings.values()) gpu.tuning.set(operation, way, shapes);
  const list = [...findings.values()].sort((a, b) => b.gain - a.gain);
  for (const { operation, shapes, way, usual, gain } of list)
    terminal.print(`${operation}, ${shapes}: ${way} in place of ${usual}, ${gain.toFixed(2)} × as fast`);
  const file = writeTuning(gpu.info, gpu.tuning.entries());
  terminal.print(`${list.length} of the built-in choices replaced, kept in ${file}`);
  return { file, findings: list };
}

async function profileStep(gpu: Gpu, batch: number, file: string, terminal: Terminal, measured: Figures) {
  const step = trainingStep(gpu, batch, 224);
  for (let i = 0; i < WARMING[gpu.info.kind]; i++) {
    step.queue();
    await step.settle();
  }
  const { profile } = await gpu.profile(async () => {
    for (let i = 0; i < PROFILED; i++) step.queue();
    await step.settle();
  });
  step.release();
  const rows: ProfileRow[] = profileRows(profile, measured);
  terminal.print();
  terminal.print(`${PROFILED} training steps of ResNet-18, 224², batch ${batch}`);
  for (const line of profileLines(rows)) terminal.print(line);
  await writeFile(file, JSON.stringify(profile.trace()));
  terminal.print(`trace: ${file} (open it in ui.perfetto.dev)`);
  return { file, batch, steps: PROFILED, clock: profile.clock, kernels: rows };
}

export default defineCommand({
  name: 'bench',
  summary: "quick figures of this machine's adapter",
  details: `Shares are those of the multiply–add peak, and of a copy's rate, measured in the same run. Tuning changes the time
    of an operation, never a bit of its result. The comparison with TensorFlow.js is \`npm run bench\` in a clone of the
    repository.`,
  options: OPTIONS,
  async run({ options, terminal }) {
    const gpu = await openDevice(terminal);
    try {
      const clock = fairClock(gpu.info.kind);
      const tuning = options.tune ? await tuneAdapter(gpu, terminal) : null;
      const measured = await figures(gpu, clock);
      printFigures(terminal, measured, clock);
      const batch = options.batch ?? (gpu.info.kind === 'hardware' ? 16 : 1);
      const profile = options.profile ? await profileStep(gpu, batch, options.profile, terminal, measured) : null;
      const { name, driver, kind } = gpu.info;
      return { adapter: { name, driver, kind }, clock, ...measured, tuning, profile };
    } finally {
      gpu.close();
    }
  },
});

/** The preparation of a study beside its SciPy and scikit-image pipeline: `npm run bench-prepare` builds and starts it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Timing, timeOf } from '../../src/bench/measure.node.ts';
import { readStudiesAt } from '../../src/formats/files.node.ts';
import type { Volume } from '../../src/formats/volume.ts';
import { type Gpu, openGpu, type Profile } from '../../src/gpu/index.ts';
import { prepareCtPicture } from '../../src/preprocess/ct/kerber2023.ts';
import type { MarkerPolicy } from '../../src/preprocess/ct/recipe.ts';
import { VERSION } from '../../src/util/version.ts';
import { PythonPipeline } from './python.node.ts';
import { benchSeries } from './series.node.ts';

const HELP = `npm run bench-prepare [-- [--rounds N] [--json FILE]]

Reading and preparing a series of 512 × 512 × 134, in turns with pydicom, SciPy and scikit-image: their time over ours.

  --rounds N   rounds (3); the shortest times count
  --json FILE  every figure as JSON
`;

const POLICIES: readonly MarkerPolicy[] = ['band', 'all'];
/** Largest difference of the pictures, whose values lie between 0 and 1. */
const TOLERANCE = 2e-3;

interface Both {
  ours: Timing;
  theirs: Timing;
}

const least = (a: Timing, b: Timing): Timing => ({
  wall: Math.min(a.wall, b.wall),
  processor: Math.min(a.processor, b.processor),
});

/** Milliseconds of processor time of all threads, as pipeline.py counts. */
async function timed(task: () => Promise<unknown>): Promise<Timing> {
  const { wall, processor } = await timeOf(task);
  return { wall, processor: processor * availableParallelism() };
}

async function readSeries(folder: string): Promise<Volume> {
  const { studies, refused } = await readStudiesAt(folder);
  const [study] = studies;
  if (!study) throw new Error(`the series is refused: ${refused[0]?.cause}`);
  return study.load();
}

/** Largest difference between our picture and the one that Python prepared last. */
async function difference(python: PythonPipeline, picture: Float32Array): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'agelens-bench-'));
  try {
    const file = path.join(folder, 'picture');
    await python.run(`picture ${file}`);
    const bytes = readFileSync(file);
    const theirs = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    return theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - (picture[i] ?? 0))), 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Both sides in turns. @throws when the pictures differ */
async function compare(gpu: Gpu, series: string, rounds: number): Promise<Record<string, Both>> {
  const python = new PythonPipeline(series);
  const figures: Record<string, Both> = {};
  const enter = (key: string, ours: Timing, theirs: Timing) => {
    const before = figures[key];
    figures[key] = before ? { ours: least(before.ours, ours), theirs: least(before.theirs, theirs) } : { ours, theirs };
  };
  try {
    let volume = await readSeries(series);
    for (let round = 0; round < rounds; round++) {
      const theirReading = await python.run('read');
      const reading = await timed(async () => {
        volume = await readSeries(series);
      });
      enter('read', reading, theirReading);
      for (const markers of POLICIES) {
        if (round === 0) {
          const first = await timed(() => prepareCtPicture(gpu, volume, { markers }));
          console.log(`${markers}: our first study, compiling included, ${first.wall.toFixed(0)} ms`);
        }
        const theirs = await python.run(`prepare ${markers}`);
        let picture = new Float32Array(0);
        const ours = await timed(async () => {
          picture = (await prepareCtPicture(gpu, volume, { markers })).image;
        });
        enter(`prepare, ${markers}`, ours, theirs);
        const most = await difference(python, picture);
        if (!(most <= TOLERANCE)) throw new Error(`the pictures (markers ${markers}) differ by ${most}`);
      }
    }
    return figures;
  } finally {
    python.close();
  }
}

function print(figures: Record<string, Both>): void {
  console.log('\nmilliseconds        agelens    Python   ratio   agelens    Python   ratio');
  console.log('                             (clock)                  (processor)');
  const text = (value: number) => value.toFixed(0).padStart(10);
  for (const [key, { ours, theirs }] of Object.entries(figures)) {
    const columns = (['wall', 'processor'] as const).map(
      (by) => `${text(ours[by])}${text(theirs[by])}${(theirs[by] / ours[by]).toFixed(2).padStart(8)}`,
    );
    console.log(`${key.padEnd(17)}${columns.join('')}`);
  }
}

/** Where our time goes. */
function printProfile(profile: Profile): void {
  console.log('\na prepared study by kernels (markers band)');
  for (const { name, dispatches, nanoseconds } of profile.table())
    console.log(
      `${name.padEnd(32)}${String(dispatches).padStart(5)} ×${(nanoseconds / 1e6).toFixed(1).padStart(9)} ms`,
    );
}

const { values: options } = parseArgs({
  options: { json: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean' } },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const series = await benchSeries(path.resolve('bench/dist/series'));
const gpu = await openGpu();
const { info } = gpu;
const [load = 0] = loadavg();
console.log(`${info.name} (${info.kind}), ${info.driver}; ${availableParallelism()} cores, load ${load.toFixed(1)}`);
const figures = await compare(gpu, series, Number(options.rounds ?? 3));
print(figures);
const volume = await readSeries(series);
const { profile } = await gpu.profile(() => prepareCtPicture(gpu, volume));
printProfile(profile);
if (options.json) {
  const machine = { cores: availableParallelism(), processor: cpus()[0]?.model, load_before: load };
  const facts = {
    date: new Date().toISOString(),
    version: VERSION,
    ...machine,
    adapter: info.name,
    driver: info.driver,
  };
  writeFileSync(options.json, `${JSON.stringify({ ...facts, milliseconds: figures }, null, 2)}\n`);
}
gpu.close();
